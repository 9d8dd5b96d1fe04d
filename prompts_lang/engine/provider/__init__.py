"""Models: one question, one booked reply. LiteLLM is imported in here only, and only when it is first needed.

`model` has the values, `caller` the policy (memo, limits, budget, retries), `litellm_backend` the way out.
"""
