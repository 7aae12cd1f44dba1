/// The Mersenne Twister MT19937, for regenerating data that was published with it.
///
/// The numbers are those of NumPy's legacy `RandomState` with the same seed, see the other members. New
/// work should draw from ``RandomStream``, whose streams are independent by construction.
///
/// Source: Matsumoto and Nishimura (1998), *Mersenne Twister: a 623-dimensionally equidistributed uniform
/// pseudo-random number generator*.
public struct MersenneTwister: RandomNumberGenerator, Sendable {
  /// The 624 words of the recurrence and the number of those already returned.
  private var state: [UInt32]
  private var position: Int

  /// The second normal of the last pair, until it is returned.
  var pendingNormal: Double?

  /// The generator of a seed: `RandomState(seed)` of NumPy, `init_genrand` of the authors.
  ///
  /// - Parameter seed: any value.
  public init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(624)
    for i in 1..<624 {
      let last = state[i - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(i))
    }
    position = 624
  }

  /// The generator of an array: `RandomState([...])` of NumPy, `init_by_array` of the authors.
  ///
  /// - Parameter seeds: not empty.
  public init(seeds: [UInt32]) {
    precondition(!seeds.isEmpty, "The Mersenne Twister needs at least one word of seed.")
    self.init(seed: 19_650_218)
    var i = 1
    func advance(_ state: inout [UInt32]) {
      i += 1
      if i == 624 {
        state[0] = state[623]
        i = 1
      }
    }
    for step in 0..<max(624, seeds.count) {
      let last = state[i - 1]
      let j = step % seeds.count
      state[i] = (state[i] ^ ((last ^ (last >> 30)) &* 1_664_525)) &+ seeds[j] &+ UInt32(j)
      advance(&state)
    }
    for _ in 0..<623 {
      let last = state[i - 1]
      state[i] = (state[i] ^ ((last ^ (last >> 30)) &* 1_566_083_941)) &- UInt32(i)
      advance(&state)
    }
    state[0] = 0x8000_0000  // so that the state is not zero
  }

  /// The next 32 random bits.
  ///
  /// - Complexity: O(1) amortised; every 624th call renews the state.
  public mutating func nextUInt32() -> UInt32 {
    if position == 624 { renew() }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C_5680
    word ^= (word << 15) & 0xEFC6_0000
    return word ^ (word >> 18)
  }

  /// The next 64 random bits: two words, the high one first, as NumPy joins them.
  public mutating func next() -> UInt64 {
    let high = UInt64(nextUInt32())
    return high << 32 | UInt64(nextUInt32())
  }

  private mutating func renew() {
    for i in 0..<624 {
      let joined = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7FFF_FFFF)
      let twisted = (joined >> 1) ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
      state[i] = state[(i + 397) % 624] ^ twisted
    }
    position = 0
  }
}
