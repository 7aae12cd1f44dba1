import ArgumentParser

/// The maps by name.
enum SimplexMapName: String, ExpressibleByArgument, CaseIterable {
  case sparsemax, softmax, entmax15, entmax, normmax
  case cappedSimplex = "capped-simplex"
  case constrainedSparsemax = "constrained-sparsemax"
  case topKSparsemax = "top-k-sparsemax"
  case l1Ball = "l1-ball"
  case weightedSimplex = "weighted-simplex"
  case fusedmax
  case totalVariation = "total-variation"
  case isotonic

  /// The flags of the parameters that the map needs.
  var neededFlags: [String] {
    switch self {
    case .sparsemax, .softmax, .entmax15, .l1Ball, .isotonic: []
    case .entmax, .normmax: ["--alpha"]
    case .cappedSimplex: ["--budget"]
    case .constrainedSparsemax: ["--upper"]
    case .topKSparsemax: ["--k"]
    case .weightedSimplex: ["--weights"]
    case .fusedmax, .totalVariation: ["--strength"]
    }
  }

  /// The flags of the parameters that the map has, needed or not.
  var flags: [String] {
    let other: [String] =
      switch self {
      case .sparsemax, .l1Ball, .weightedSimplex: ["--radius"]
      case .cappedSimplex: ["--upper"]
      case .isotonic: ["--weights", "--increasing", "--decreasing"]
      default: []
      }
    return neededFlags + other
  }

  /// The maps that have a parameter, in words.
  static func owners(of flag: String) -> String {
    allCases.filter { $0.flags.contains(flag) }.map(\.rawValue).joined(separator: ", ")
  }

  /// What the maps are, for the help.
  static let explanation = """
    Maps: sparsemax, softmax and entmax (entmax15 has alpha 1.5) onto the simplex, sparsemax of any \
    '--radius'; normmax, flatter between its scores; capped-simplex with entries up to '--upper' (1 if not \
    given) that sum to '--budget'; constrained-sparsemax with a bound for each column; top-k-sparsemax with at \
    most '--k' entries other than 0; l1-ball, signed; weighted-simplex, whose sum has '--weights'; fusedmax, \
    with neighbours made equal by a '--strength', and total-variation, its first step alone; isotonic, the \
    nearest row in order.
    """
}
