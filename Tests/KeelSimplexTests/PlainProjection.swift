/// The projection onto the simplex from the definition: sorting, with compensated sums.
struct PlainProjection {
  var p: [Double]
  var maximum: Double
  var offset = 0.0

  init(_ x: [Double], radius z: Double) {
    maximum = x.contains(where: \.isNaN) ? .nan : x.max() ?? -.infinity
    let m = maximum
    guard m.isFinite, z > 0 else {
      let share = z / Double(x.count { $0 == .infinity })
      p = x.map { m.isNaN ? .nan : $0 == .infinity ? share : 0 }
      return
    }
    var (sum, error, threshold) = (0.0, 0.0, 0.0)
    for (k, value) in x.sorted(by: >).enumerated() {
      let v = value - m
      guard v > -.infinity else { break }
      // Neumaier's sum: what each addition loses is kept.
      let next = sum + v
      let lost = error + (abs(sum) >= abs(v) ? (sum - next) + v : (v - next) + sum)
      let candidate = ((next - z) + lost) / Double(k + 1)
      guard v > candidate else { break }
      (sum, error, threshold) = (next, lost, candidate)
    }
    offset = threshold
    p = x.map { max(($0 - m) - threshold, 0) }
  }

  /// g minus its mean over the support, on the support.
  static func pullback(_ g: [Double], at p: [Double]) -> [Double] {
    if p.contains(where: \.isNaN) { return p.map { _ in .nan } }
    let support = p.indices.filter { p[$0] != 0 }
    guard !support.isEmpty else { return p.map { _ in 0 } }
    let mean = support.reduce(0) { $0 + g[$1] } / Double(support.count)
    return p.indices.map { p[$0] != 0 ? g[$0] - mean : 0 }
  }
}
