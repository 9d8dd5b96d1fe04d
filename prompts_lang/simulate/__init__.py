"""A simulated model for learning, demos and tests without a key: a latent-skill simulation, and honest about being one.

A *world* (`world.json`) lists hidden rules per node. A student call succeeds when its prompt states, in any wording the world knows,
the rules that the row needs, and when its inputs are good; a critic names missing rules with some probability; a rewriter adds what
the critic named. It says nothing about how good a real model's critique is.

Invariant: a reply is a pure function of the world and the request (`model.reply`). Nothing of the engine is imported here, and the
engine knows nothing of this package: both meet at LiteLLM (`provider`) or at HTTP (`endpoint`).
"""
