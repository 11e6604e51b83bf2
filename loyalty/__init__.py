from loyalty.lib import garbage

# Before Django and everything else is loaded: looking at all of it again and again is a tenth of a start.
garbage.look_rarely()
