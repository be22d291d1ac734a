"""What may be said and shown: judges, their verdicts, and the policy that decides."""
