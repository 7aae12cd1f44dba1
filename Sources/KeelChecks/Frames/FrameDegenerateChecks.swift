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
    trials: [.quick: 8, .standard: 80, .full: 1000],
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
    return try errors(of: coordinates * basis, context, repetitions: 1) {
      try Frame(principalAxesOf: $0, group: $1)
    }
  }

  /// Equal eigenvalues do.
  static let degeneratePublished = Check(
    id: "frames.degenerate-published",
    statement: "Principal axes in the order of their eigenvalues are a well-defined frame for every cloud.",
    source: paper + ", section 3.1, where equal eigenvalues are set aside",
    expectation: .violated(repairedBy: "frames.tie-break"), trials: [.quick: 0],
    cases: DegenerateShape.repeated.map { shape in
      Check.NamedCase(shape.name, expected: .violated) { context -> [Comparison] in
        try errors(of: shape.points, context) { try Frame(principalAxesOf: $0, group: $1) }
      }
    }
  ) { _ -> [Comparison] in [] }

  /// What stands in its place.
  static let tieBreak = Check(
    id: "frames.tie-break",
    statement:
      "Frames that break ties by the points are exact for symmetric clouds, and tell how many symmetries there are.",
    source:
      "Derived for this library: the orthonormal bases of points with the largest invariant key are equivariant",
    trials: [.quick: 4, .standard: 16, .full: 160], problemStream: "frames.symmetric-clouds",
    cases: (DegenerateShape.repeated + DegenerateShape.rankDeficient).map { shape in
      Check.NamedCase(shape.name, expected: .holds) { context -> [Comparison] in
        let frame = try TieBreak(of: shape.points, group: .euclidean).frame
        let symmetries = try shape.symmetries.map { count in
          Comparison.equal(
            Double(try frame.symmetries(of: shape.points).count), Double(count), tolerance: 0,
            part: "symmetries")
        }
        return try errors(of: shape.points, context) {
          try TieBreak(of: $0, group: $1, includesTensors: true).frame
        } + (symmetries.map { [$0] } ?? [])
      }
    } + knownTies
  ) { context -> [Comparison] in
    let cloud = SymmetricCloud(context)
    return try errors(of: cloud.points, context, repetitions: 1) {
      try TieBreak(of: $0, group: $1, includesTensors: true).frame
    }
  }

  /// Frames without eigenvalues.
  static let weighted = Check(
    id: "frames.weighted",
    statement:
      "Weighted frames of the axes of points, alone or blended with principal axes, are exact for symmetric clouds.",
    source:
      "Dym, Lawrence and Siegel (2024), section 3, carried from the plane to space; blending is this library's",
    trials: [.quick: 2, .standard: 4, .full: 40], problemStream: "frames.symmetric-clouds",
    cases: (DegenerateShape.repeated + DegenerateShape.rankDeficient.filter { $0.points.columns < 4 }).map {
      shape in
      Check.NamedCase(shape.name, expected: .holds) { context -> [Comparison] in
        try weightedErrors(of: shape.points, context)
      }
    } + knownWeights
  ) { context -> [Comparison] in
    try weightedErrors(of: SymmetricCloud(context).points, context)
  }

  private static func weightedErrors(
    of points: Matrix<Double>, _ context: TrialContext
  ) throws -> [Comparison] {
    try errors(of: points, context, repetitions: 1) {
      try Frame(robustAxesOf: $0, group: $1)
    }
      + errors(of: points, context, repetitions: 1) {
        try Frame(blendedAxesOf: $0, group: $1)
      }
  }

  /// Averages over the frames of a square, computed elsewhere.
  private static let knownTies = [
    Check.NamedCase("square-known-digits", expected: .holds) { _ -> [Comparison] in
      let square = DegenerateShape.repeated[0].points
      return try [(FrameGroup.euclidean, 8), (.specialEuclidean, 4)].flatMap { group, count -> [Comparison] in
        let frame = try TieBreak(of: square, group: group).frame
        return [
          .equal(
            frame.average(of: square, sineSum)[0], 0.798724696977835, tolerance: 1e-12, part: group.symbol),
          .equal(Double(frame.count), Double(count), tolerance: 0, part: "\(group.symbol) elements"),
        ]
      }
    }
  ]

  /// Averages over weighted frames of clouds of small integers, computed elsewhere.
  private static let knownWeights = [
    Check.NamedCase("known-digits", expected: .holds) { _ -> [Comparison] in
      let kite: Matrix<Double> = [[0, 0], [2, 0], [3, 1], [1, 3]]
      let corner: Matrix<Double> = [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]
      return try [
        (kite, FrameGroup.specialEuclidean, -0.282050560449710, 4),
        (kite, .euclidean, -0.010752716566805, 8), (corner, .specialEuclidean, 0.759800475985816, 20),
        (corner, .euclidean, 0.703151340309288, 40),
      ].flatMap { points, group, digits, count -> [Comparison] in
        let frame = try Frame(robustAxesOf: points, group: group)
        let part = "d = \(points.columns), \(group.symbol)"
        return [
          .equal(frame.average(of: points, sineSum)[0], digits, tolerance: 1e-12, part: part),
          .equal(Double(frame.count), Double(count), tolerance: 0, part: part + ", elements"),
        ]
      }
    }
  ]

  /// What else null axes reach.
  static let rankDeficientTensors = Check(
    id: "frames.rank-deficient-tensors",
    statement: "Null axes drop out of sums over a frame for tensors and for functions of velocities as well.",
    source:
      "What one may take frames.rank-deficient to say; entries Tⱼⱼ of two null axes have even signs, and do not cancel",
    expectation: .violated(repairedBy: "frames.rank-deficient"), trials: [.quick: 0],
    cases: [
      Check.NamedCase("tensor-of-collinear-points", expected: .violated) { context -> [Comparison] in
        try sumErrors(of: DegenerateShape.rankDeficient[0].points, context)
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
        try sumErrors(of: DegenerateShape.rankDeficient[1].points, context)
      },
    ]
  ) { _ -> [Comparison] in [] }

  /// The errors of sums over the frame, by their definition, for tensors.
  ///
  /// The library's own averages replace the null block of a tensor by its mean over all rotations.
  private static func sumErrors(of points: Matrix<Double>, _ context: TrialContext) throws -> [Comparison] {
    try errors(
      of: points, context, outputs: [.tensor],
      average: { frame, inputs, function in
        var sum = Matrix<Double>(zeros: 1, points.columns * points.columns)
        for k in 0..<frame.count {
          let outputs = function(inputs.map { frame[k].inverseTransformed($0) })
          sum += frame[k].transformed(outputs[0]).values * frame.weight(k)
        }
        return [Field(.tensor, sum)]
      }, frame: { try Frame(principalAxesOf: $0, group: $1) })
  }

  /// The largest errors of invariance and equivariance over random networks and motions.
  ///
  /// - Parameters:
  ///   - points: the cloud.
  ///   - context: where networks and motions come from.
  ///   - repetitions: how many networks and motions are tried; by the effort if nil.
  ///   - velocities: what the network is given besides the points.
  ///   - outputs: the kinds of the fields that the network gives.
  ///   - tolerance: how large an error may be.
  ///   - groups: the groups of the frames.
  ///   - average: the equivariant average of a function of fields.
  ///   - frame: the frame of a cloud that is to be tested.
  static func errors(
    of points: Matrix<Double>, _ context: TrialContext, repetitions: Int? = nil,
    velocities: Matrix<Double>? = nil,
    outputs: [FieldKind] = FieldKind.allCases,
    tolerance: Double = 1e-12, groups: [FrameGroup] = [.euclidean, .specialEuclidean],
    average: (Frame<Double>, [Field<Double>], ([Field<Double>]) -> [Field<Double>]) -> [Field<Double>] = {
      $0.average(of: $1, $2)
    },
    frame: (Matrix<Double>, FrameGroup) throws -> Frame<Double>
  ) throws -> [Comparison] {
    let (count, dimension) = (points.rows, points.columns)
    let inputs = [Field(.point, points)] + (velocities.map { [Field(.vector, $0)] } ?? [])
    return try groups.flatMap { group -> [Comparison] in
      var (invariance, equivariance, elements, gap) = (0.0, 0.0, 0, 1.0)
      for trial in 0..<(repetitions ?? context.effort.motionCount) {
        var stream = context.stream.stream("\(group.rawValue) \(trial)")
        let network = CloudNetwork<Double>(count, dimension, using: &stream)
        let fields = FieldNetwork<Double>(
          count, dimension, inputs: inputs.count, outputs: outputs, using: &stream)
        let element = FrameElement<Double>.random(of: group, dimension: dimension, using: &stream)
        let moved = inputs.map { element.transformed($0) }
        let frames = try [points, moved[0].values].map { try frame($0, group) }
        elements = frames[0].count
        gap = min(gap, frames[0].certificate.gapOfClusters)
        let scalars = zip(frames, [points, moved[0].values]).map { $0.average(of: $1) { network($0) } }
        invariance = max(invariance, scalars[0].largestDifference(from: scalars[1]))
        let averages = zip(frames, [inputs, moved]).map { average($0, $1) { fields($0) } }
        for (found, expected) in zip(averages[1], averages[0].map { element.transformed($0) }) {
          equivariance = max(equivariance, found.values.maximumDifference(from: expected.values))
        }
      }
      let parameters: Parameters = [
        "group": .text(group.symbol), "n": .integer(count), "d": .integer(dimension),
        "elements": .integer(elements), "gap": .number(gap),
      ]
      // Axes of different eigenvalues turn by rounding over their gap: 50 ε over 0.01 is what the tolerance has room for.
      let tolerance = tolerance * max(1, 0.01 / gap)
      return [
        .atMost(
          invariance, 0, tolerance: tolerance, part: "\(group.symbol) invariance", parameters: parameters),
        .atMost(
          equivariance, 0, tolerance: tolerance, part: "\(group.symbol) equivariance", parameters: parameters),
      ]
    }
  }
}

extension FrameCertificate<Double> {
  /// The smallest difference of eigenvalues of different clusters over the largest eigenvalue; 1 if there is none.
  fileprivate var gapOfClusters: Double {
    let values = eigenvalues
    guard let largest = values.last, largest > 0 else { return 1 }
    return zip(clusters, clusters.dropFirst()).reduce(1) { gap, pair in
      min(gap, (values[pair.1.lowerBound] - values[pair.0.upperBound - 1]) / largest)
    }
  }
}

extension Effort {
  /// How many networks and motions are tried on a cloud.
  fileprivate var motionCount: Int {
    switch self {
    case .quick: 1
    case .standard: 3
    case .full: 30
    }
  }
}
