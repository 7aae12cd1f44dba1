import Keel
