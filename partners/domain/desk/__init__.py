"""What a partner's own people do: who has a seat and in what role, inviting others, drafting changes and sending them for review.

Enters: somebody whose seat has been checked; another's desk doesn't exist for anybody else.
A change shows nothing to members before the operator has published it.
"""
