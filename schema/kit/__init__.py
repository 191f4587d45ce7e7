"""What every type and mutation is made of: scalars, ids, money, mapped fields, pages, errors, access and limits."""
