/// The sets of vertices in a range of at most ten: the probabilities Π p_k Π (1 - p_k) of each set to be chosen,
/// its number of vertices, and the sums of their concentrations. Set number s has vertex k if bit k of s is one,
/// counted from the start of the range.
///
/// Sets of a larger range are pairs of sets of its halves: products and sums of two numbers, without the error that
/// an enumeration by single changes would collect.
struct FaceTable {
  private var probabilities = [1.0]
  private var counts = [0]
  private var sums = [0.0]
  private var otherSums = [0.0]

  /// The sets of vertices in a range.
  ///
  /// - Parameters:
  ///   - faces: the law of the vertices.
  ///   - vertices: the range.
  ///   - concentrations: the first numbers that are summed, one a vertex.
  ///   - others: the second, zeros if nil.
  init(_ faces: GibbsFaces, _ vertices: Range<Int>, _ concentrations: [Double], _ others: [Double]?) {
    for k in vertices {
      let (inside, outside) = (faces.inside[k], faces.outside(k))
      probabilities = probabilities.map { $0 * outside } + probabilities.map { $0 * inside }
      counts += counts.map { $0 + 1 }
      sums += sums.map { $0 + concentrations[k] }
      otherSums += otherSums.map { $0 + (others?[k] ?? 0) }
    }
  }

  /// Σ P(s) P(t) g(|s| + |t|, the sums of the concentrations of both, of the others) over pairs of sets with two
  /// vertices at least.
  func sumOverPairs(with high: FaceTable, _ value: (Int, Double, Double) -> Double) -> Double {
    high.counts.indices.reduce(0) { total, t in
      var sum = 0.0
      for s in counts.indices where counts[s] + high.counts[t] > 1 {
        let probability = probabilities[s] * high.probabilities[t]
        guard probability > 0 else { continue }
        sum +=
          probability
          * value(counts[s] + high.counts[t], sums[s] + high.sums[t], otherSums[s] + high.otherSums[t])
      }
      return total + sum
    }
  }
}
