"""Each record gets the right next step, and references become ids. `tests/traces` tests how steps are carried out."""
