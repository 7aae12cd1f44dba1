import Keel
import RealModule

/// A law on the simplex that chooses the size of a face, then a face of that size uniformly, then a uniform point of
/// it.
struct ExchangeableSimplexLaw: Sendable, Hashable {
  /// The number K of vertices.
  let vertexCount: Int
  /// The law of the dimension.
  let dimensions: TiltedDimensionLaw

  /// H(F), h(Y | F) and E dim F: each a sum of terms of one sign.
  var entropy: MixedEntropy {
    var (face, conditional) = (0.0, 0.0)
    for (dimension, probability) in dimensions.entries {
      let logCount = SimplexFace.logCount(ofDimension: dimension, of: vertexCount)
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

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
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
