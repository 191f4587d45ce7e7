"""What an agency hands over to a creditor of the money that it received, and what it keeps: statements and orders."""
