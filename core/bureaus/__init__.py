"""Credit bureaus: inquiries, only with a purpose and a consent; furnishing, only of what the law lets out."""
