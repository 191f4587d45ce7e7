"""What the agency earns of what is paid: schedules of commission, and the fee lines of each payment."""
