"""What to work next: debts filtered, ordered and paged by keys."""
