import TestSupport
import Testing

@testable import KeelMixed

@Suite("Non-empty bit vectors as published")
struct PublishedNonEmptyBitVectorTests {
  @Test("in double precision, the dynamic programme agrees with the closed forms", arguments: 1...12)
  func agreement(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    let weights: [Double] = random.array(count).map { 3 * $0 }
    let otherWeights: [Double] = random.array(count)
    let (law, other) = (try GibbsFaces(weights: weights), try GibbsFaces(weights: otherWeights))
    let published = try PublishedNonEmptyBitVector<Double>(weights: weights)
    let publishedOther = try PublishedNonEmptyBitVector<Double>(weights: otherWeights)
    // Two dozen additions of numbers up to 36.
    #expect(abs(published.logNormalizer - law.logNormalizer) < 1e-13)
    expectClose(published.marginals, law.marginals, 1e-13)
    #expect(abs(published.entropy - law.entropy) < 1e-12)
    #expect(abs(published.divergence(from: publishedOther) - law.divergence(from: other)) < 1e-12)
    let face = law.mode
    #expect(abs(published.logProbability(of: face) - law.logProbability(of: face)) < 1e-13)
  }

  @Test("in single precision, seven digits of the scores are left")
  func singlePrecision() throws {
    let weights = (0..<10).map { 9.87654321 - 0.123456789 * Double($0) }
    let law = try GibbsFaces(weights: weights)
    let published = try PublishedNonEmptyBitVector<Float>(weights: weights)
    let error = abs(Double(published.logNormalizer) - law.logNormalizer)
    // Rounding of numbers up to 93 to 24 bits: 4e-6 each time.
    #expect(1e-7 < error && error < 1e-4)
    // In double precision nothing of that is left.
    let double = try PublishedNonEmptyBitVector<Double>(weights: weights)
    #expect(abs(double.logNormalizer - law.logNormalizer) < 1e-12)
  }

  @Test("low weights cancel in the entropy of the dynamic programme")
  func lowWeights() throws {
    let weights = Array(repeating: -200.0, count: 6)
    let exact = Double.log(6)
    #expect(abs(try GibbsFaces(weights: weights).entropy - exact) < 1e-15)
    let error = abs(Double(try PublishedNonEmptyBitVector<Float>(weights: weights).entropy) - exact)
    // A difference of numbers of 800 that are rounded to 24 bits, some hundred times.
    #expect(1e-5 < error && error < 0.1)
  }
}
