import Keel
import RealModule

/// A law on the simplex that chooses the size of a face, then a face of that size uniformly, then a uniform point of
/// it.
struct ExchangeableSimplexLaw: Sendable, Hashable {
  /// The number K of vertices.
  let vertexCount: Int
  /// The law of the dimension.
  let dimensions: TiltedDimensionLaw

  /// ln C(K, n) of the sizes that are kept.
  ///
  /// The first by products, the others by the ratio to the one before: logarithms of factorials of a million would
  /// leave nine digits.
  private var logFaceCounts: [Double] {
    let smallest = dimensions.first + 1
    var (power, exponent) = (1.0, 0)
    for j in 0..<min(smallest, vertexCount - smallest) {
      power *= Double(vertexCount - j) / Double(j + 1)
      if power > 0x1p500 {
        exponent += Int(power.exponent)
        power = power.significand
      }
    }
    var value = Double.log(power) + Double(exponent) * Double.log(2)
    return dimensions.probabilities.indices.map { index in
      let size = smallest + index
      defer { value += Double.log(Double(vertexCount - size) / Double(size + 1)) }
      return value
    }
  }

  /// H(F), h(Y | F) and E dim F: each a sum of terms of one sign.
  var entropy: MixedEntropy {
    var (face, conditional) = (0.0, 0.0)
    for ((dimension, probability), logCount) in zip(dimensions.entries, logFaceCounts) {
      face += probability * (logCount - Double.log(probability))
      conditional -= probability * Double.logGamma(Double(dimension + 1))
    }
    return MixedEntropy(face: face, conditional: conditional, meanDimension: dimensions.mean)
  }

  /// E y_k².
  var secondMoment: Double {
    dimensions.entries.reduce(0) { $0 + $1.1 * 2 / (Double(vertexCount) * Double($1.0 + 2)) }
  }

  /// P(y_k = 0).
  var zeroProbability: Double {
    dimensions.entries.reduce(0) { $0 + $1.1 * Double(vertexCount - $1.0 - 1) / Double(vertexCount) }
  }

  func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    outcomes.update(repeating: 0)
    // The first n entries of a shuffle; its swaps are undone, so that no outcome depends on the ones before.
    var vertices = Array(0..<vertexCount)
    var swaps: [Int] = []
    var exponentials: [Double] = []
    for start in stride(from: 0, to: outcomes.count, by: vertexCount) {
      let size = dimensions.dimension(using: stream.uniform()) + 1
      swaps.removeAll(keepingCapacity: true)
      exponentials.removeAll(keepingCapacity: true)
      for i in 0..<size {
        let j = i + stream.integer(below: vertexCount - i)
        vertices.swapAt(i, j)
        swaps.append(j)
      }
      var sum = 0.0
      for _ in 0..<size {
        let value: Double = stream.exponential()
        exponentials.append(value)
        sum += value
      }
      for i in 0..<size { outcomes[start + vertices[i]] = Scalar(exponentials[i] / sum) }
      for i in (0..<size).reversed() { vertices.swapAt(i, swaps[i]) }
    }
  }
}
