"""Where outlets are: the nearest to a place, those in a box, clusters of them for a map, cities to choose from.

Enters: degrees (WGS84) and what is asked for; a map of any number of outlets is counted over columns in memory.
Each process keeps its columns until the database's triggers say that a partner's outlets have changed.
"""
