"""What happened to the money: recovery figures, ageing, and report files made by plugins."""
