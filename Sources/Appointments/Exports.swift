/// Whoever knows appointments knows days, clocks and points in time.
@_exported public import Basics
