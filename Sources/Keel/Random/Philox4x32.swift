/// Philox 4x32 with ten rounds: a keyed bijection of 128-bit counters that passes the common batteries
/// of randomness tests when the counters just count.
///
/// Each output block depends on its counter and key only, so that any block of a sequence is computed
/// without the ones before it. ``RandomStream`` is the generator built on it; use the bare function to
/// reproduce the numbers of another implementation.
///
/// It is no cipher: never draw secrets with it.
///
/// Source: Salmon, Moraes, Dror and Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*.
public enum Philox4x32 {
  /// The image of a counter under a key.
  ///
  /// - Parameters:
  ///   - counter: four words, the least significant first.
  ///   - key: two words, the least significant first.
  /// - Returns: four random words.
  /// - Complexity: O(1), ten rounds of two widening multiplications.
  @inlinable
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let (low, high) = block(
      counterLow: UInt64(counter[0]) | UInt64(counter[1]) &<< 32,
      counterHigh: UInt64(counter[2]) | UInt64(counter[3]) &<< 32,
      key: UInt64(key[0]) | UInt64(key[1]) &<< 32)
    return SIMD4(
      UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low &>> 32),
      UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: high &>> 32))
  }

  /// The image of a counter under a key, with pairs of words joined to 64 bits, low word first.
  @inlinable
  static func block(counterLow: UInt64, counterHigh: UInt64, key: UInt64) -> (low: UInt64, high: UInt64) {
    let mask: UInt64 = 0xffff_ffff
    var x0 = counterLow & mask
    var x1 = counterLow &>> 32
    var x2 = counterHigh & mask
    var x3 = counterHigh &>> 32
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key &>> 32)
    for _ in 0..<10 {
      let product0 = x0 &* 0xD251_1F53
      let product1 = x2 &* 0xCD9E_8D57
      x0 = (product1 &>> 32) ^ x1 ^ UInt64(k0)
      x1 = product1 & mask
      x2 = (product0 &>> 32) ^ x3 ^ UInt64(k1)
      x3 = product0 & mask
      // The round keys form a Weyl sequence: the golden ratio and the square root of three.
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (x0 | x1 &<< 32, x2 | x3 &<< 32)
  }
}
