"""The credit ledger: double-entry transfers, balances, holds and prices."""
