import Keel
import RealModule

extension Float: SimplexScalar {}
extension Double: SimplexScalar {}

extension SimplexScalar {
  /// Maps rows by bisection.
  public static func entmax(_ batch: RowBatch<Self>, alpha: Self) {
    plainRows(batch) { x in
      let a = Double(alpha) - 1
      func entry(_ u: Double) -> Double {
        a == 0
          ? Double.exp(u)
          : (1 + a * u <= 0 ? (a < 0 ? .infinity : 0) : Double.exp(Double.log(onePlus: a * u) / a))
      }
      var (low, high) = (a < 0 ? 0.0 : -1.0 / max(a, 1e-3) - 50, Double.log(Double(x.count + 1)) + 60)
      low = 0
      high = 1
      while x.reduce(0, { $0 + entry($1 - high) }) > 1 { high *= 2 }
      for _ in 0..<200 {
        let middle = (low + high) / 2
        if x.reduce(0, { $0 + entry($1 - middle) }) > 1 { low = middle } else { high = middle }
      }
      return (high, x.map { entry($0 - high) })
    }
  }

  /// Derivatives by the formula.
  public static func entmaxPullback(_ batch: PullbackBatch<Self>, alpha: Self) {
    for r in 0..<batch.rows {
      let (p, g, d) = (batch.outputRow(r), batch.cotangentRow(r), batch.gradientRow(r))
      let weight = p.map { $0.isNaN ? .nan : $0 > 0 ? Double.pow(Double($0), 2 - Double(alpha)) : 0 }
      let sum = weight.reduce(0, +)
      var dot = 0.0
      for i in p.indices where weight[i] != 0 { dot += weight[i] * Double(g[i]) }
      for i in p.indices { d[i] = weight[i] == 0 ? 0 : Self(weight[i] * (Double(g[i]) - dot / sum)) }
      batch.clearTail(r)
    }
  }

  private static func plainRows(_ batch: RowBatch<Self>, _ body: ([Double]) -> (Double, [Double])) {
    for r in 0..<batch.rows {
      let (x, p) = (batch.inputRow(r), batch.outputRow(r))
      let m = x.contains(where: \.isNaN) ? .nan : Double(x.max() ?? -.infinity)
      var threshold = RowThreshold(maximum: m, offset: 0, supportCount: 0)
      if m.isFinite {
        let (offset, values) = body(x.map { Double($0) - m })
        threshold.offset = offset
        for i in p.indices { p[i] = Self(values[i]) }
        threshold.supportCount = p.count { $0 > 0 }
      } else {
        let top = x.count { $0 == .infinity }
        for i in p.indices { p[i] = m.isNaN ? .nan : x[i] == .infinity ? 1 / Self(top) : 0 }
        threshold.supportCount = m.isNaN ? p.count : top
      }
      batch.clearTail(r)
      batch.thresholds?[r] = threshold
    }
  }
}
