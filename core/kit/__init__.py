"""What every area needs and no area owns. There is no word of the field in here."""
