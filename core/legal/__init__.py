"""Handing a debt over to a legal channel, and what follows: answers, events, deadlines, costs."""
