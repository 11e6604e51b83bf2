"""The demo programme: invented companies, people and purchases. One module a capability; `load` runs them in order."""
