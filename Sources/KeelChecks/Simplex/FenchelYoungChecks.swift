import Keel
import KeelSimplex
import RealModule

extension SimplexChecks {
  private static let lossPaper = "Blondel, Martins and Niculae (2020), Learning with Fenchel-Young losses"
  /// The maps onto the probability simplex, whose regularizer a loss is made of.
  private static let families = MapFamily.all.filter {
    ["sparsemax", "softmax", "entmax15", "entmax", "entmax-below-one", "entmax-above-two", "normmax"]
      .contains($0.id)
  }

  /// Losses are not negative, and how large they are at least.
  static let lossNonnegative = Check(
    id: "simplex.loss-nonnegative",
    statement:
      "L(x; y) = Ω*(x) + Ω(y) - ⟨x, y⟩ ≥ 0, with equality for y = p(x); and L ≥ ½‖p - y‖² for α ≤ 2.",
    source: lossPaper + ", propositions 2 and 3", assumptions: ["y is a point of the simplex."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let loss = try LossProblem(context, of: families)
    let value = loss.value(loss.scores, loss.target)
    let distance = zip(loss.output, loss.target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let isStrong =
      if case .tsallis(let alpha) = loss.subject.regularizer { alpha <= 2 } else {
        loss.subject.regularizer == .quadratic
      }
    return [
      .atLeast(
        value, isStrong ? distance / 2 : 0, tolerance: loss.rounding, part: "L against ½‖p - y‖², or 0",
        isVacuous: isStrong && distance == 0, parameters: loss.parameters),
      .equal(
        loss.value(loss.scores, loss.output), 0, tolerance: loss.rounding, part: "L(x; p(x))",
        parameters: loss.parameters),
      .equal(
        try loss.computed.value, value, tolerance: loss.rounding, part: "the loss as a batch computes it",
        parameters: loss.parameters),
    ]
  }

  /// When the loss of a class is zero.
  static let lossMargin = Check(
    id: "simplex.loss-margin",
    statement: "L(x; e_k) = 0 if and only if x_k ≥ max_{j≠k} x_j + 1/(α-1).",
    source: lossPaper + ", proposition 7", assumptions: ["α > 1."],
    trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    var stream = context.stream
    let candidates = families.filter { $0.hasMargin && $0.id != "normmax" }
    let columns = 2 + stream.integer(below: 20)
    let subject = try candidates[context.index % candidates.count].make(columns, &stream)
    guard subject.margin < 20 else { return [.assumptionFailed("α is not within 0.05 of 1")] }
    return [1 + stream.uniform(), 0.5 * stream.uniform()].map { factor in
      var row = (1..<columns).map { _ in -subject.margin * stream.uniform(in: 0.0..<2) }
      row[0] = 0
      row.append(factor * subject.margin)
      var target = [Double](repeating: 0, count: columns)
      target[columns - 1] = 1
      let loss = LossProblem(subject, scores: row, target: target, parameters: subject.parameters)
      let value = loss.value(row, target)
      var parameters = subject.parameters
      parameters["x"] = .numbers(row)
      // Below half the margin the runner-up gets a sixteenth of what it could, raised to 1/(α-1).
      return factor >= 1
        ? .equal(value, 0, tolerance: loss.rounding, part: "above the margin", parameters: parameters)
        : .atLeast(
          value, 0.02 * subject.margin * Double.exp2(-subject.margin), tolerance: 0,
          part: "below half the margin", parameters: parameters)
    }
  }

  /// The gradient, and the shape along lines.
  static let lossGradient = Check(
    id: "simplex.loss-gradient",
    statement: "∇_x L(x; y) = p(x) - y, and L is convex in x.",
    source: lossPaper + ", proposition 2", trials: [.quick: 40, .standard: 400, .full: 4000]
  ) { context -> [Comparison] in
    let loss = try LossProblem(context, of: families)
    var stream = context.stream.stream("line")
    let direction: [Double] = stream.normals(count: loss.scores.count)
    func along(_ t: Double) -> Double {
      loss.value(zip(loss.scores, direction).map { $0 + t * $1 }, loss.target)
    }
    let length = loss.subject.width * Double.exp10(stream.uniform(in: -1.0..<1))
    let middle = along(length / 2)
    let chord = (along(0) + along(length)) / 2
    let slope = zip(direction, zip(loss.output, loss.target)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
    let steps = [2e-4, 1e-4].map { $0 * loss.subject.width }
    let differences = steps.map { (along($0) - along(-$0)) / (2 * $0) }
    let reach = loss.rounding * (1 + length / loss.subject.width) * 4
    // Convexity bounds the slope by those of the chords to both sides, so that no smoothness is assumed.
    let sides = [(along(steps[0]) - along(0)) / steps[0], (along(0) - along(-steps[0])) / steps[0]]
    return [
      .atMost(
        middle, chord, tolerance: reach, part: "at the middle of a segment", parameters: loss.parameters),
      .equal(
        differences[1], slope, tolerance: (sides[0] - sides[1]).magnitude + 4 * loss.rounding / steps[1],
        part: "slope along a line", parameters: loss.parameters),
      .atMost(
        try loss.computed.gradientError, 0, tolerance: 4 * Double.ulpOfOne,
        part: "gradient as a batch computes it",
        parameters: loss.parameters),
    ]
  }

  /// The value as it is usually computed.
  static let lossPublished = Check(
    id: "simplex.loss-published",
    statement:
      "In Float L = ⟨p - e_k, x⟩ + H(p) may be evaluated as it is printed, whatever is added to all scores.",
    source: "Peters, Niculae and Martins (2019), Sparse sequence-to-sequence models, as programs evaluate it",
    expectation: .violated(repairedBy: "simplex.loss-shifted"),
    trials: [.quick: 40, .standard: 400, .full: 4000], problemStream: "simplex.loss-shifted",
    cases: [
      Check.NamedCase("masked", expected: .inconclusive) { _ in
        // 0 · -∞ is not a number.
        try [SingleLoss(alpha: 2, scores: [0.2, -.infinity, 0.9], target: 0).compare { $0.published }]
      }
    ]
  ) { context -> [Comparison] in
    [try SingleLoss(context).compare { $0.published }]
  }

  /// The value from differences to the largest score.
  static let lossShifted = Check(
    id: "simplex.loss-shifted",
    statement: "L = H(p) + Σ_{p>0} p (x - max x) - (x_k - max x) loses nothing in Float.",
    source: "Derived for this library from Σ(p - e_k) = 0",
    trials: [.quick: 40, .standard: 400, .full: 4000],
    cases: [
      Check.NamedCase("masked", expected: .holds) { _ in
        let loss = try SingleLoss(alpha: 2, scores: [0.2, -.infinity, 0.9], target: 0)
        return try [loss.compare { $0.shifted }, loss.compare { _ in try loss.computed }]
      }
    ]
  ) { context -> [Comparison] in
    let loss = try SingleLoss(context)
    return try [loss.compare { $0.shifted }, loss.compare { _ in try loss.computed }]
  }
}

/// A row of scores, a target and the map whose loss is asked for.
private struct LossProblem {
  let subject: MapSubject
  let scores: [Double]
  let target: [Double]
  let output: [Double]
  let parameters: Parameters

  init(_ context: TrialContext, of families: [MapFamily]) throws {
    var problem = try RowProblem(context, of: families, longest: 40)
    // A masked score has no finite loss unless its target is zero; it is looked at elsewhere.
    problem.scores = problem.scores.map { $0.isFinite ? $0 : 0 }
    var stream = context.stream.stream("target")
    let target = problem.subject.polytope.point(count: problem.scores.count, using: &stream)
    self.init(problem.subject, scores: problem.scores, target: target, parameters: problem.parameters)
  }

  init(_ subject: MapSubject, scores: [Double], target: [Double], parameters: Parameters) {
    (self.subject, self.scores, self.target, self.parameters) = (subject, scores, target, parameters)
    output = image(of: scores, under: subject.map)
  }

  private func regularizer(_ p: [Double]) -> Double {
    p.withUnsafeBufferPointer { subject.map.regularizer($0, row: 0) }
  }

  /// Ω*(x) + Ω(y) - <x, y>, from differences to the largest score.
  func value(_ x: [Double], _ y: [Double]) -> Double {
    let top = x.max() ?? 0
    let p = image(of: x, under: subject.map)
    let gain = zip(x, zip(p, y)).reduce(0) { $0 + ($1.0 - top) * ($1.1.0 - $1.1.1) }
    return gain - regularizer(p) + regularizer(y)
  }

  /// The loss of the library for the map, and how far its gradient is from p - y.
  var computed: (value: Double, gradientError: Double) {
    get throws {
      func evaluate(_ map: some SimplexMap<Double>) throws -> (Double, Double) {
        let (value, gradient) = try FenchelYoungLoss(map).valueAndGradient(
          Matrix(row: scores), .rows(Matrix(row: target)))
        let error = scores.indices.reduce(0.0) { worst, i in
          max(worst, (gradient[0, i] - (output[i] - target[i])).magnitude)
        }
        return (value, error)
      }
      return try evaluate(subject.map)
    }
  }

  /// What rounding may change the value by: a few units of the sums that it is made of.
  var rounding: Double {
    let top = scores.max() ?? 0
    let size = zip(scores, zip(output, target)).reduce(0) { $0 + (top - $1.0) * ($1.1.0 + $1.1.1) }
    let entries = 1 + regularizer(output).magnitude + regularizer(target).magnitude
    return 64 * Double.ulpOfOne * (size + entries + subject.width + 1e-2 * top.magnitude)
  }
}

/// The loss of a class in single precision.
private struct SingleLoss {
  let alpha: Float
  let scores: [Float]
  let target: Int
  let parameters: Parameters

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let columns = 2 + stream.integer(below: 30)
    let offset = [0, 1e3, 1e6, -1e6][context.index % 4]
    // Multiples of 1/16, which stay what they are at 1e6.
    let scores = (0..<columns).map { _ in Float((16 * stream.normal()).rounded() / 16 + offset) }
    try self.init(
      alpha: [1.5, 2, 1.25][context.index % 3], scores: scores, target: stream.integer(below: columns))
  }

  init(alpha: Float, scores: [Float], target: Int) throws {
    (self.alpha, self.scores, self.target) = (alpha, scores, target)
    parameters = [
      "α": .number(Double(alpha)), "x": .numbers(scores.map(Double.init)), "target": .integer(target),
    ]
  }

  /// What a formula makes of scores and output, with the entropy of the output.
  struct Terms<Scalar: SimplexScalar> {
    let scores: [Scalar]
    let output: [Scalar]
    let entropy: Scalar
    let target: Int

    /// <p - e, x> + H(p).
    var published: Scalar {
      scores.indices.reduce(0) { $0 + (output[$1] - ($1 == target ? 1 : 0)) * scores[$1] } + entropy
    }

    /// The same with x - max x, over what is positive.
    var shifted: Scalar {
      let top = scores.reduce(-Scalar.infinity) { $0 > $1 ? $0 : $1 }
      let gain = scores.indices.reduce(0) { output[$1] > 0 ? $0 + output[$1] * (scores[$1] - top) : $0 }
      return entropy + gain - (scores[target] - top)
    }
  }

  private func terms<Scalar: SimplexScalar>(_ type: Scalar.Type) throws -> Terms<Scalar> {
    let x = scores.map { Scalar($0) }
    let map = try Entmax<Scalar>(alpha: .all(Scalar(alpha)))
    let p = image(of: x, under: map)
    let negative = p.withUnsafeBufferPointer { map.regularizer($0, row: 0) }
    return Terms(scores: x, output: p, entropy: -Scalar(negative), target: target)
  }

  /// The loss of the library in single precision.
  var computed: Float {
    get throws {
      let loss = try FenchelYoungLoss(Entmax<Float>(alpha: .all(alpha)))
      return Float(try loss.value(Matrix(row: scores), .classes([target])))
    }
  }

  /// A formula in single precision against the value in double precision.
  func compare(_ formula: (Terms<Float>) throws -> Float) throws -> Comparison {
    let exact = try terms(Double.self).shifted
    // Roundings of 6e-8 of every term, of which there are about three an entry that is positive.
    return .equal(
      Double(try formula(try terms(Float.self))), exact, tolerance: 1e-6 * (1 + exact), parameters: parameters
    )
  }
}
