"""Small pure parts from which the proposers that fill a learnt region are composed.

`gauge`, `transform`: how far outside a point is, and on which scale a target is learnt.
`sample`, `learning`, `branches`, `cuts`, `labels`, `validity`, `milestones`, `memo`: from points to
models.
`choice`, `belief`: which targets go by their number and which by their cuts, and all as a region.
`region`: the probability of being inside, a product of factors.
`walk`, `niches`, `sequence`: candidates where the region is believed, beyond it, and anywhere.
`selection`, `neighbours`: a batch that is spread out.
"""
