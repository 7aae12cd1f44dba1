import CKernels
import Keel
import RealModule

/// A mixed Dirichlet law as its kernel reads it: the face is that of independent bits, given that not all of
/// them are zero; a point of the face has Dirichlet's law.
///
/// With P(bit k = 1) = p = σ(2w), a face has the probability exp(Σ w (2f - 1)) / Z. The lowest bit that is one is
/// drawn first, by its distribution function, then each one above it by p: no face is rejected. Probabilities
/// have the 53 bits of a double, also where they are tiny.
public struct MixedDirichletTable: Sendable {
  /// The number K of coordinates.
  public let columns: Int
  /// P(lowest one ≤ k), for the first draw of a face.
  var lowest: FixedPointTable
  /// p.
  var ones: FixedPointTable
  /// Shapes, deviations, logarithms of shapes and boosts, one table behind the other.
  let floatLaws: [Float]
  let doubleLaws: [Double]
  /// One of `KEEL_DIRICHLET_...`.
  let method: CInt

  /// The table of a law.
  ///
  /// - Parameters:
  ///   - scores: the w of the coordinates, half the log-odds of their bits; not NaN.
  ///   - concentrations: the α of the coordinates, as many, each positive.
  /// - Complexity: O(K).
  public init(scores: [Double], concentrations: [Double]) {
    precondition(scores.count == concentrations.count, "Every score needs a concentration.")
    columns = scores.count
    ones = FixedPointTable(scores.map { 1 / (1 + Double.exp(-2 * $0)) }, padding: 0)
    lowest = FixedPointTable(Self.lowestOneLaw(scores), padding: 1)
    let isBoosted = concentrations.map { $0 < 1 }
    let shapes = zip(concentrations, isBoosted).map { ($1 ? $0 + 1 : $0) - 1.0 / 3 }
    let boosts = zip(concentrations, isBoosted).map { $1 ? 1 / $0 : 0 }
    let laws = shapes + shapes.map { 1 / (9 * $0).squareRoot() } + shapes.map { Double.log($0) }
    doubleLaws = laws + Self.limited(boosts, to: 1e300)
    floatLaws = (laws + Self.limited(boosts, to: 1e30)).map { Float($0) }
    if concentrations.allSatisfy({ $0 == 1 }) {
      method = CInt(KEEL_DIRICHLET_UNIFORM)
    } else if concentrations.allSatisfy({ $0 >= 1 && $0 <= 1e6 }) {
      method = CInt(KEEL_DIRICHLET_SHARES)
    } else {
      method = CInt(KEEL_DIRICHLET_LOGARITHMS)
    }
  }

  /// Boosts that do not overflow when they are multiplied by an exponential.
  ///
  /// Where one is beyond the limit, what counts is which product is the smallest: large ones keep their
  /// proportions, down to 10⁻¹⁰ of the limit, and so the probabilities of the vertices.
  private static func limited(_ boosts: [Double], to limit: Double) -> [Double] {
    let largest = boosts.max() ?? 0
    guard largest > limit else { return boosts }
    let floor = limit * 1e-10
    return boosts.map { $0 > floor ? max($0 / largest * limit, floor) : $0 }
  }

  /// P(lowest one ≤ k) for every k, given that there is one.
  ///
  /// P(lowest one = k) = p(k) Π (1 - p(j)) / (1 - Π (1 - p)), the first product over j < k. The denominator is
  /// summed from its logarithm backwards, so that scores of -1000 do no harm.
  private static func lowestOneLaw(_ scores: [Double]) -> [Double] {
    let logOnes = scores.map { -LogSpace.softplus(-2 * $0) }
    let logZeros = scores.map { -LogSpace.softplus(2 * $0) }
    var logAny = -Double.infinity
    for k in scores.indices.reversed() { logAny = LogSpace.logAddExp(logOnes[k], logZeros[k] + logAny) }
    var logNone = 0.0
    var sum = 0.0
    var sums: [Double] = []
    for k in scores.indices {
      sum += Double.exp(logOnes[k] + logNone - logAny)
      sums.append(sum)
      logNone += logZeros[k]
    }
    return sums.map { $0 / sum }
  }
}

/// Probabilities as whole multiples of 2⁻³² and what is left, padded for vectors.
struct FixedPointTable: Sendable {
  var words: [UInt32]
  var rests: [Double]

  init(_ probabilities: [Double], padding: Double) {
    let count = keel_padded(probabilities.count)
    let padded = probabilities + [Double](repeating: padding, count: count - probabilities.count)
    words = []
    rests = []
    for probability in padded {
      // A probability of 1 is the largest word and a rest of 1; NaN is 0.
      let scaled = probability > 0 ? min(probability, 1) * 0x1p32 : 0
      let word = min(scaled.rounded(.down), 0x1p32 - 1)
      words.append(UInt32(word))
      rests.append(scaled - word)
    }
  }
}

extension MixedDirichletTable {
  /// Calls `body` with the tables of the faces, and the place in a stream from where `rows` rows are drawn.
  func withFaces(
    rows: Int, using stream: inout RandomStream,
    _ body: (UnsafePointer<keel_face_law>, UnsafePointer<keel_dirichlet_place>) -> Void
  ) {
    let inner = stream.innerPlace()
    let blocks = stream.takeBlocks(rows * ((columns + 3) / 4))
    let place = keel_dirichlet_place(
      key: blocks.key, nonce: blocks.nonce, first: blocks.block, inner_key: inner.key,
      inner_nonce: inner.nonce)
    lowest.words.withUnsafeBufferPointer { lowestWords in
      lowest.rests.withUnsafeBufferPointer { lowestRests in
        ones.words.withUnsafeBufferPointer { words in
          ones.rests.withUnsafeBufferPointer { rests in
            let law = keel_face_law(
              lowest_words: lowestWords.baseAddress, lowest_rests: lowestRests.baseAddress,
              words: words.baseAddress, rests: rests.baseAddress)
            withUnsafePointer(to: law) { law in withUnsafePointer(to: place) { body(law, $0) } }
          }
        }
      }
    }
  }
}

/// Fills rows with samples of a mixed Dirichlet law; see ``MixedScalar/fillMixedDirichlet(_:rows:_:using:)``.
///
/// - Parameters:
///   - outcomes: room for a whole number of rows of `table.columns` entries.
///   - table: the law.
///   - stream: where the numbers come from.
func fillMixedDirichlet<Scalar: MixedScalar>(
  _ outcomes: UnsafeMutableBufferPointer<Scalar>, _ table: MixedDirichletTable,
  using stream: inout RandomStream
) {
  guard let output = outcomes.baseAddress, table.columns > 0 else { return }
  precondition(outcomes.count % table.columns == 0, "Outcomes must be whole rows.")
  Scalar.fillMixedDirichlet(output, rows: outcomes.count / table.columns, table, using: &stream)
}
