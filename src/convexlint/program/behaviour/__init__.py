"""What functions do, through helpers however deep: effects, access checks, errors, claims of clients."""
