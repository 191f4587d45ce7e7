"""What debtors agreed to pay and until when: promises, and plans of several instalments; what of it was paid."""
