"""What a debt earns: rates and their legal caps, pauses, accrual, payoff figures and the statement of interest."""
