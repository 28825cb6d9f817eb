"""How dates are written where no template says it, such as in the admin."""
