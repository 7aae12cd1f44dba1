import Foundation
import Keel
import KeelSimplex
import Testing

@testable import KeelCommand

@Suite("maps of keel simplex project")
struct SimplexMapsTests {
  static let six = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]
  static let bounds = [0.3, 1, 0.25, 0.5, 1, 0.4]
  static let weights = [1, 2, 0.5, 1.5, 1, 3]

  /// Options of a map, and its image of `six`.
  struct Case: Sendable {
    let options: [String]
    let image: [Double]

    init(_ options: [String], _ image: [Double]) {
      self.options = options
      self.image = image
    }
  }

  static let cases: [Case] = [
    Case(["--radius", "2"], [0.45, 0, 0.85, 0, 0, 0.7]),
    Case(["--map", "entmax", "--alpha", "2"], [0.7 / 6, 0, 3.1 / 6, 0, 0, 2.2 / 6]),
    Case(
      ["--map", "entmax15"],
      [0.2096875, 0, 0.43285409084014208, 0.01766678988476921, 0, 0.33979161927508874]
    ),
    Case(
      ["--map", "entmax", "--alpha", "1.25"],
      [
        0.21505621997529639, 0.034502574628271349, 0.37202520241175754, 0.072268190838475805,
        0.0005920240023362515, 0.30555578814386266,
      ]
    ),
    Case(
      ["--map", "normmax", "--alpha", "2"],
      [0.20279703282209807, 0, 0.4437871260736094, 0, 0, 0.3534158411042926]
    ),
    Case(
      ["--map", "normmax", "--alpha", "1.5"],
      [0.14040103998808112, 0, 0.5134382331492453, 0, 0, 0.3461607268626736]
    ),
    Case(["--map", "capped-simplex", "--budget", "2.5"], [0.625, 0, 1, 0, 0, 0.875]),
    Case(["--map", "capped-simplex", "--budget", "3"], [0.825, 0, 1, 0.175, 0, 1]),
    Case(
      ["--map", "capped-simplex", "--budget", "1", "--upper", "0.3,1,0.25,0.5,1,0.4"],
      [0.3, 0, 0.25, 0.05, 0, 0.4]
    ),
    Case(["--map", "capped-simplex", "--budget", "0.9", "--upper", "0.3"], [0.3, 0, 0.3, 0, 0, 0.3]),
    Case(["--map", "constrained-sparsemax", "--upper", "u.npy"], [0.3, 0, 0.25, 0.05, 0, 0.4]),
    Case(["--map", "top-k-sparsemax", "--k", "2"], [0, 0, 0.575, 0, 0, 0.425]),
    Case(["--map", "l1-ball"], [0, 0, 0.85 / 3, 0, -1.75 / 3, 0.4 / 3]),
    Case(["--map", "l1-ball", "--radius", "3"], [0.41, -0.01, 0.81, 0, -1.11, 0.66]),
    Case(["--map", "l1-ball", "--radius", "5"], six),
    Case(
      ["--map", "weighted-simplex", "--weights", "w.npy"],
      [0.39756097560975606, 0, 0.9487804878048781, 0, 0, 0.04268292682926833]
    ),
    Case(["--map", "fusedmax", "--strength", "0.1"], [0.15, 0, 0.45, 0, 0, 0.4]),
    Case(
      ["--map", "fusedmax", "--strength", "0.5"],
      [0.265 / 1.2, 0.265 / 1.2, 0.265 / 1.2, 0, 0, 0.3375]
    ),
    Case(
      ["--map", "total-variation", "--strength", "0.5"],
      [1 / 3.0, 1 / 3.0, 1 / 3.0, 0.05, -0.4, 0.45]
    ),
    Case(["--map", "isotonic"], [0.03, 0.03, 0.03, 0.03, 0.03, 0.95]),
    Case(
      ["--map", "isotonic", "--increasing", "--weights", "1,1,1,1,1,1"],
      [0.03, 0.03, 0.03, 0.03, 0.03, 0.95]
    ),
    Case(["--map", "isotonic", "--decreasing"], [0.7, 0.4, 0.4, 0.05, -0.225, -0.225]),
  ]

  @Test("every map gives the values computed elsewhere, certified, in both types", arguments: cases)
  func values(example: Case) throws {
    let folder = try TemporaryFolder()
    _ = try folder.npy("u.npy", shape: [6], Self.bounds)
    _ = try folder.npy("w.npy", shape: [6], Self.weights)
    let file = try folder.npy("x.npy", shape: [6], Self.six)
    let located = example.options.map { $0.hasSuffix(".npy") ? folder.path($0) : $0 }
    for (precision, tolerance) in [("float64", 1e-14), ("float32", 2e-6)] {
      try SimplexRun.project(
        [file, "-o", folder.path("p.npy"), "--certify", "--precision", precision] + located)
      let p: [Double] = try NPY.read(folder.path("p.npy")).values()
      #expect(zip(p, example.image).allSatisfy { abs($0 - $1) <= tolerance }, "\(precision): \(p)")
    }
  }

  @Test("softmax is exp(x) over its sum")
  func softmax() throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy("x.npy", shape: [6], Self.six)
    try SimplexRun.project([file, "-o", folder.path("p.npy"), "--certify", "--map", "softmax"])
    let p: [Double] = try NPY.read(folder.path("p.npy")).values()
    let weights = Self.six.map { exp($0) }
    let sum = weights.reduce(0, +)
    #expect(zip(p, weights).allSatisfy { abs($0 - $1 / sum) <= 1e-15 })
  }

  @Test("parameters of rows are counted through all chunks, for every map that has them")
  func rows() throws {
    let folder = try TemporaryFolder()
    let values = (0..<60).map { sin(Double($0 * $0)) }
    let scores = Matrix<Double>(rows: 10, columns: 6, elements: values)
    let file = try folder.write(NumericArray(scores), to: "x.npy")
    func check<Map: SimplexMap<Double>>(_ options: [String], _ map: Map) throws {
      for chunk in ["1", "3", "10"] {
        try SimplexRun.project([file, "-o", folder.path("p.npy"), "--chunk-rows", chunk] + options)
        #expect(try Matrix<Double>(NPY.read(folder.path("p.npy"))) == map(scores), "\(options)")
      }
    }
    let numbers = (1...10).map { 1 + Double($0) / 8 }
    let list = numbers.map { "\($0)" }.joined(separator: ",")
    let two = ["--rows-per-head", "5"]
    try check(["--map", "normmax", "--alpha", list], Normmax(alpha: .perRow(numbers)))
    try check(["--map", "normmax", "--alpha", "1.5,2"] + two, Normmax(alpha: .perHead([1.5, 2], rows: 5)))
    try check(
      ["--map", "capped-simplex", "--budget", list], CappedSimplexProjection(budget: .perRow(numbers)))
    try check(["--map", "l1-ball", "--radius", list], L1BallProjection(radius: .perRow(numbers)))
    try check(
      ["--map", "weighted-simplex", "--weights", "1,2,3,4,5,6", "--radius", list],
      WeightedSimplexProjection(weights: [1, 2, 3, 4, 5, 6], radius: .perRow(numbers)))
    try check(["--map", "fusedmax", "--strength", list], Fusedmax(strength: .perRow(numbers)))
    try check(
      ["--map", "top-k-sparsemax", "--k", "1,2,3,4,5,6,7,8,9,10"], TopKSparsemax(perRow: Array(1...10)))
    try check(["--map", "top-k-sparsemax", "--k", "1,3"] + two, TopKSparsemax(perHead: [1, 3], rows: 5))
  }

  @Test(
    "the derivative by alpha is that of the library, with masks too", arguments: ["1", "1.5", "1.75", "2"])
  func alphaGradient(alpha: String) throws {
    let folder = try TemporaryFolder()
    let scores = Matrix<Double>(rows: 8, columns: 5, elements: (0..<40).map { sin(Double($0 * $0)) })
    let cotangents = Matrix<Double>(rows: 8, columns: 5) { Double(($0 * 7 + $1 * 3) % 5) - 2 }
    let mask = (0..<40).map { $0 % 7 != 2 }
    try SimplexRun.project([
      try folder.write(NumericArray(scores), to: "x.npy"), "--map", "entmax", "--alpha", alpha, "-o",
      folder.path("p.npy"), "--mask",
      try folder.write(NumericArray(shape: [8, 5], elements: mask), to: "m.npy"), "--grad",
      try folder.write(NumericArray(cotangents), to: "g.npy"), "--alpha-grad", folder.path("a.npy"),
      "--chunk-rows", "3",
    ])
    let map = try Entmax<Double>(alpha: .all(try #require(Double(alpha))))
    let expected = map.alphaPullback(of: cotangents, at: map(scores, valid: .mask(mask)))
    let found = try NPY.read(folder.path("a.npy"))
    #expect(found.shape == [8] && found.values() == expected)
  }

  @Test(
    "parameters that do not fit a map are refused in a sentence",
    arguments: [
      (["--map", "capped-simplex"], "capped-simplex needs '--budget'."),
      (["--map", "normmax"], "normmax needs '--alpha'."),
      (["--map", "fusedmax"], "fusedmax needs '--strength'."),
      (
        ["--map", "softmax", "--alpha", "1"], "'--alpha' does not belong to softmax, but to entmax, normmax."
      ),
      (["--increasing"], "'--increasing' does not belong to sparsemax, but to isotonic."),
      (["--weights", "1"], "'--weights' does not belong to sparsemax, but to weighted-simplex, isotonic."),
      (["--map", "isotonic", "--increasing", "--decreasing"], "'--decreasing'"),
      (
        ["--map", "isotonic", "--weights", "1,2,3", "--rows-per-head", "1"],
        "'--rows-per-head' goes with several numbers of a parameter of rows."
      ),
      (["--map", "normmax", "--alpha", "1"], "'--alpha' must be finite and above 1, but is 1.0"),
      (["--map", "entmax", "--alpha", "0"], "'--alpha' must be finite and positive, but is 0.0"),
      (["--map", "top-k-sparsemax", "--k", "1.5"], "'--k' must be a whole number, but is 1.5."),
      (["--map", "top-k-sparsemax", "--k", "0"], "'--k' must be at least 1, but is 0"),
      (
        ["--map", "capped-simplex", "--budget", "7"],
        "'--budget' leaves nothing to choose from: the sum must be 7.0, but the bounds allow at most 6.0"
      ),
      (["--map", "capped-simplex", "--budget", "1", "--upper", "1,2"], "'--upper' must be as long as a row"),
      (["--map", "constrained-sparsemax", "--upper", "0.1"], "'--upper' leaves nothing to choose from"),
      (["--map", "weighted-simplex", "--weights", "1,2"], "'--weights' must be as long as a row"),
      (
        ["--map", "weighted-simplex", "--weights=-1"], "'--weights' must be finite and positive, but is -1.0"
      ),
      (["--map", "total-variation", "--strength=-1"], "'--strength' must be finite and not negative"),
      (["--grad", "x.npy"], "'--grad' goes with '--grad-output' or '--alpha-grad'."),
      (
        ["--grad", "x.npy", "--alpha-grad", "a.npy"], "'--alpha-grad' goes with entmax, entmax15 and softmax."
      ),
    ])
  func refusals(options: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy("x.npy", shape: [6], Self.six)
    let refusal = SimplexRun.refusal([file, "-o", folder.path("p.npy")] + options)
    #expect(refusal?.contains(message) == true, "\(refusal ?? "accepted")")
    #expect(try folder.contents == ["x.npy"])
  }
}
