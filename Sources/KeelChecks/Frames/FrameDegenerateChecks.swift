import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Zero eigenvalues do no harm.
  static let rankDeficient = Check(
    id: "frames.rank-deficient",
    statement:
      "Averages are exact for clouds in a line or a plane, of few points or of one: null axes drop out.",
    source:
      "Derived for this library: canonical coordinates along null axes are 0, and their signs cancel in pairs",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 12, .standard: 240, .full: 4000],
    cases: DegenerateShape.rankDeficient.map { shape in
      Check.NamedCase(shape.name, expected: .holds) { context -> [Comparison] in
        try errors(of: shape.points, context) { try Frame(principalAxesOf: $0, group: $1) }
      }
    }
  ) { context -> [Comparison] in
    // Points of a random subspace, moved away from the origin.
    var stream = context.stream
    let dimension = 2 + context.index % 4
    let rank = stream.integer(below: dimension)
    let coordinates = Matrix<Double>.randomNormal(
      rows: 2 + stream.integer(below: 8), columns: rank, using: &stream)
    let basis = Matrix<Double>.randomOrthonormalRows(rank, dimension, using: &stream)
    return try errors(of: coordinates * basis, context) { try Frame(principalAxesOf: $0, group: $1) }
  }

  /// Equal eigenvalues do.
  static let degeneratePublished = Check(
    id: "frames.degenerate-published",
    statement: "Principal axes in the order of their eigenvalues are a well-defined frame for every cloud.",
    source: paper + ", section 3.1, where equal eigenvalues are set aside",
    expectation: .violated(repairedBy: nil), trials: [.quick: 0],
    cases: DegenerateShape.repeated.map { shape in
      Check.NamedCase(shape.name, expected: .violated) { context -> [Comparison] in
        try errors(of: shape.points, context) { try Frame(principalAxesOf: $0, group: $1) }
      }
    }
  ) { _ -> [Comparison] in [] }

  /// What else null axes reach.
  static let rankDeficientTensors = Check(
    id: "frames.rank-deficient-tensors",
    statement: "Null axes drop out of averages of tensors and of functions of velocities as well.",
    source:
      "What one may take frames.rank-deficient to say: the entries Tⱼⱼ of two null axes have even signs",
    expectation: .violated(repairedBy: "frames.rank-deficient"), trials: [.quick: 0],
    cases: [
      Check.NamedCase("tensor-of-collinear-points", expected: .violated) { context -> [Comparison] in
        try errors(of: DegenerateShape.rankDeficient[0].points, context, outputs: [.tensor]) {
          try Frame(principalAxesOf: $0, group: $1)
        }
      },
      Check.NamedCase("velocities-of-collinear-points", expected: .violated) { context -> [Comparison] in
        let points = DegenerateShape.rankDeficient[0].points
        var stream = context.stream.stream("velocities")
        let velocities = Matrix<Double>.randomNormal(rows: points.rows, columns: 3, using: &stream)
        return try errors(of: points, context, velocities: velocities) {
          try Frame(principalAxesOf: $0, group: $1)
        }
      },
      // One null axis has one direction, and nothing is left to choose.
      Check.NamedCase("tensor-of-planar-points", expected: .holds) { context -> [Comparison] in
        try errors(of: DegenerateShape.rankDeficient[1].points, context, outputs: [.tensor]) {
          try Frame(principalAxesOf: $0, group: $1)
        }
      },
    ]
  ) { _ -> [Comparison] in [] }

  /// The largest errors of invariance and equivariance over random networks and motions.
  ///
  /// - Parameters:
  ///   - points: the cloud.
  ///   - context: where networks and motions come from.
  ///   - velocities: what the network is given besides the points.
  ///   - outputs: the kinds of the fields that the network gives.
  ///   - tolerance: how large an error may be.
  ///   - groups: the groups of the frames.
  ///   - frame: the frame of a cloud that is to be tested.
  static func errors(
    of points: Matrix<Double>, _ context: TrialContext, velocities: Matrix<Double>? = nil,
    outputs: [FieldKind] = [.scalar, .pseudoscalar, .vector, .pseudovector, .point],
    tolerance: Double = 1e-12, groups: [FrameGroup] = [.euclidean, .specialEuclidean],
    frame: (Matrix<Double>, FrameGroup) throws -> Frame<Double>
  ) throws -> [Comparison] {
    let (count, dimension) = (points.rows, points.columns)
    let inputs = [Field(.point, points)] + (velocities.map { [Field(.vector, $0)] } ?? [])
    return try groups.flatMap { group -> [Comparison] in
      var (invariance, equivariance, elements) = (0.0, 0.0, 0)
      for trial in 0..<(context.effort == .full ? 30 : 4) {
        var stream = context.stream.stream("\(group.rawValue) \(trial)")
        let network = CloudNetwork<Double>(count, dimension, using: &stream)
        let fields = FieldNetwork<Double>(
          count, dimension, inputs: inputs.count, outputs: outputs, using: &stream)
        let element = FrameElement<Double>.random(of: group, dimension: dimension, using: &stream)
        let moved = inputs.map { element.transformed($0) }
        let frames = try [points, moved[0].values].map { try frame($0, group) }
        elements = frames[0].count
        let scalars = zip(frames, [points, moved[0].values]).map { $0.average(of: $1) { network($0) } }
        invariance = max(invariance, scalars[0].largestDifference(from: scalars[1]))
        let averages = zip(frames, [inputs, moved]).map { $0.average(of: $1) { fields($0) } }
        for (found, expected) in zip(averages[1], averages[0].map { element.transformed($0) }) {
          equivariance = max(equivariance, found.values.maximumDifference(from: expected.values))
        }
      }
      let parameters: Parameters = [
        "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
        "elements": .integer(elements),
      ]
      return [
        .atMost(
          invariance, 0, tolerance: tolerance, part: "\(group.symbol) invariance", parameters: parameters),
        .atMost(
          equivariance, 0, tolerance: tolerance, part: "\(group.symbol) equivariance", parameters: parameters),
      ]
    }
  }
}
