import Keel
import KeelSimplex
import RealModule

/// A row of scores in single precision.
struct FloatRow: Sendable {
  let scores: [Float]
  let parameters: Parameters

  /// The maps, in both precisions.
  static let maps:
    [(
      name: String, single: @Sendable () throws -> any SimplexMap<Float>,
      double: @Sendable () throws -> any SimplexMap<Double>
    )] = [
      ("sparsemax", { Sparsemax() }, { Sparsemax() }),
      ("1-entmax", { try Entmax(alpha: 1) }, { try Entmax(alpha: 1) }),
      ("1.25-entmax", { try Entmax(alpha: 1.25) }, { try Entmax(alpha: 1.25) }),
      ("1.5-entmax", { try Entmax(alpha: 1.5) }, { try Entmax(alpha: 1.5) }),
    ]

  init(_ scores: [Float], parameters: Parameters) {
    (self.scores, self.parameters) = (scores, parameters)
  }

  init(_ context: TrialContext) {
    var stream = context.stream
    let isLong = context.effort != .quick && context.index % 30 == 29
    let columns =
      isLong ? Int(Double.exp10(stream.uniform(in: 5.0..<6.0))) : Int(Double.pow(8192, stream.uniform()))
    let offset = [0, 1e3, 1e6, -1e3][context.index % 4]
    let isUniform = stream.uniform() < 0.5
    let deviation = isUniform ? 1 : Double.exp10(stream.uniform(in: -1.5..<0.5))
    scores = (0..<columns).map { _ in
      let x: Double = isUniform ? stream.uniform() : stream.normal()
      return Float(x * deviation + offset)
    }
    parameters = [
      "columns": .integer(columns), "offset": .number(offset), "deviation": .number(deviation),
      "law": isUniform ? "uniform" : "normal",
    ]
  }

  /// An output in single precision against that of a map in double precision.
  func compare(_ output: [Float], _ map: any SimplexMap<Double>, _ name: String) -> [Comparison] {
    let exact = image(of: scores.map(Double.init), under: map)
    var (sum, error) = (0.0, 0.0)
    for (p, q) in zip(output, exact) {
      sum += Double(p)
      error = max(error, (Double(p) - q).magnitude)
    }
    return [
      .atMost((sum - 1).magnitude, 2e-6, tolerance: 0, part: "\(name), |Σp - 1|", parameters: parameters),
      .atMost(error, 1e-6, tolerance: 0, part: "\(name), largest error", parameters: parameters),
    ]
  }

  /// The projection as the map computes it.
  var projection: [Float] { image(of: scores, under: Sparsemax<Float>()) }

  /// The projection by an exact threshold that was rounded.
  var shiftedProjection: [Float] {
    let exact = RowImages(Sparsemax<Double>(), scores.map(Double.init), columns: scores.count)
    let threshold = Float(exact.thresholds.first?.value ?? 0)
    return scores.map { max($0 - threshold, 0) }
  }

  /// By how much the sum of an output misses 1.
  static func excess(_ output: [Float]) -> Double { (output.reduce(0) { $0 + Double($1) } - 1).magnitude }

  /// The projection by a threshold that is updated entry by entry.
  var runningProjection: [Float] {
    guard let first = scores.first else { return [] }
    var (active, waiting) = ([first], [Float]())
    var threshold = first - 1
    for x in scores.dropFirst() where x > threshold {
      threshold += (x - threshold) / Float(active.count + 1)
      if threshold > x - 1 {
        active.append(x)
      } else {
        waiting += active
        active = [x]
        threshold = x - 1
      }
    }
    for x in waiting where x > threshold {
      active.append(x)
      threshold += (x - threshold) / Float(active.count)
    }
    var changed = true
    while changed {
      changed = false
      var kept: [Float] = []
      var count = active.count
      for x in active {
        if x > threshold || count == 1 {
          kept.append(x)
        } else {
          count -= 1
          threshold += (threshold - x) / Float(count)
          changed = true
        }
      }
      active = kept
    }
    return scores.map { max($0 - threshold, 0) }
  }
}
