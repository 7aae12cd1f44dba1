import CKernels

/// A stream of random numbers: a value that is named by a seed and a path, the same on every machine
/// and for every number of threads.
///
/// A simulation derives one stream for each independent piece of work and draws from it alone:
///
/// ```swift
/// let root = RandomStream(seed: 7).stream("angle-bound")
/// for trial in 0..<1000 {                      // in any order, on any thread
///   var random = root.stream(trial)
///   let noise: [Double] = random.normals(count: 32)
/// }
/// ```
///
/// **Blocks.** The stream is a sequence of 128-bit blocks, number `i` being the Philox image of the
/// counter `(i, nonce)` under `key`; key and nonce identify the stream, 64 bits each. A stream made
/// from a seed has that seed as its key and the nonce 0. A block serves draws of one kind: raw words
/// (which uniform numbers and integers use), normals of type `Double`, or normals of type `Float`. The
/// first draw of another kind drops what is left of the block and starts the next one. Otherwise a
/// normal could be a function of a uniform number that was drawn before it.
///
/// **Filling an array equals drawing one by one**, to the last bit, and on every instruction set.
/// Uniform numbers, normals and exponentials use no library functions. The laws built on them (gamma and
/// those that follow) also use the system's `log` and `exp`: another system may round these differently.
///
/// **Independence.** The derived stream `index` has as key and nonce the image of `(index, nonce)`
/// under the parent's key with a fixed mask. Philox is a bijection, so streams derived from one parent
/// never coincide. Streams from different parents share key and nonce with probability 2⁻¹²⁸ a pair:
/// below 10⁻¹⁴ among 2⁴⁰ streams. Streams with the same key and different nonces use different
/// counters, hence never overlap.
///
/// The period of a stream is 2⁶⁴ blocks. Not for secrets.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// What the rest of the current block holds.
  @usableFromInline
  enum Content: UInt8, Sendable {
    case words, doubleNormals, floatNormals
  }

  /// The identity of the stream.
  @usableFromInline let key: UInt64
  @usableFromInline let nonce: UInt64

  /// The number of the next block.
  @usableFromInline var block: UInt64 = 0

  /// The current block, as words or as the bits of its normals, with the number of 32-bit words used:
  /// from 4 on it is empty.
  @usableFromInline var low: UInt64 = 0
  @usableFromInline var high: UInt64 = 0
  @usableFromInline var used: UInt8 = 4
  @usableFromInline var content = Content.words

  /// The stream of a seed: plain Philox 4x32-10 with the seed as key and counters 0, 1, 2...
  ///
  /// - Parameter seed: any value. Different seeds give different, unrelated streams.
  public init(seed: UInt64) {
    key = seed
    nonce = 0
  }

  init(key: UInt64, nonce: UInt64) {
    self.key = key
    self.nonce = nonce
  }

  // MARK: Derived streams

  /// The stream that has a number below this one.
  ///
  /// It depends on the seed and the path to it, not on what has been drawn from this stream.
  ///
  /// - Parameter index: any value; different ones give independent streams.
  /// - Complexity: O(1), one block.
  public func stream(_ index: UInt64) -> RandomStream {
    // The masks keep draws, numbers and names apart; they are digits of pi.
    derived(index, mask: 0x243F_6A88_85A3_08D3)
  }

  /// The stream that has a number below this one.
  ///
  /// - Parameter index: a number that is not negative.
  public func stream(_ index: Int) -> RandomStream {
    precondition(index >= 0, "The number of a random stream must not be negative.")
    return stream(UInt64(index))
  }

  /// The stream that has a name below this one.
  ///
  /// The bytes of the name are absorbed eight at a time, then their number, each by one derivation;
  /// no name gives the stream of an index.
  ///
  /// - Parameter name: any string. Strings with different UTF-8 bytes give independent streams.
  /// - Complexity: O(length of the name).
  public func stream(_ name: String) -> RandomStream {
    let mask: UInt64 = 0x1319_8A2E_0370_7344
    var result = self
    var word: UInt64 = 0
    var count: UInt64 = 0
    for byte in name.utf8 {
      word |= UInt64(byte) << (8 * (count % 8))
      count += 1
      if count % 8 == 0 {
        result = result.derived(word, mask: mask)
        word = 0
      }
    }
    if count % 8 != 0 { result = result.derived(word, mask: mask) }
    return result.derived(count, mask: mask)
  }

  private func derived(_ word: UInt64, mask: UInt64) -> RandomStream {
    let (key, nonce) = Philox4x32.block(counterLow: word, counterHigh: nonce, key: key ^ mask)
    return RandomStream(key: key, nonce: nonce)
  }

  // MARK: Position

  /// The number of the block that the next new block will be; what is left of the current block comes
  /// before it.
  public var nextBlock: UInt64 { block }

  /// Continues at the start of a block, forwards or backwards.
  ///
  /// - Parameter block: the number of the block, counted from 0 at the start of the stream.
  /// - Complexity: O(1).
  public mutating func seek(toBlock block: UInt64) {
    self.block = block
    used = 4
  }

  // MARK: Words

  /// The next 64 random bits: the halves of the blocks in order, the low one first.
  ///
  /// - Complexity: O(1), half a block.
  @inlinable
  public mutating func next() -> UInt64 {
    if content != .words || used > 2 { refillWords() }
    defer { used = used == 0 ? 2 : 4 }
    return used == 0 ? low : high
  }

  /// The next 32 random bits. A 64-bit draw after an odd number of these drops 32 bits.
  @inlinable
  public mutating func nextUInt32() -> UInt32 {
    if content != .words || used > 3 { refillWords() }
    defer { used += 1 }
    return UInt32(truncatingIfNeeded: (used < 2 ? low : high) &>> (32 &* UInt64(used & 1)))
  }

  @inlinable
  mutating func refillWords() {
    (low, high) = Philox4x32.block(counterLow: block, counterHigh: nonce, key: key)
    block &+= 1
    used = 0
    content = .words
  }

  // MARK: Normals and filling

  mutating func nextDoubleNormal() -> Double {
    if content != .doubleNormals || used > 2 {
      var pair = SIMD2<Double>()
      withUnsafeMutableBytes(of: &pair) {
        keel_random_normal_f64(key, nonce, block, 1, $0.assumingMemoryBound(to: Double.self).baseAddress)
      }
      (low, high) = (pair[0].bitPattern, pair[1].bitPattern)
      startBlock(.doubleNormals)
    }
    defer { used += 2 }
    return Double(bitPattern: used == 0 ? low : high)
  }

  mutating func nextFloatNormal() -> Float {
    if content != .floatNormals || used > 3 {
      var halves = SIMD2<UInt64>()
      withUnsafeMutableBytes(of: &halves) {
        keel_random_normal_f32(key, nonce, block, 1, $0.assumingMemoryBound(to: Float.self).baseAddress)
      }
      (low, high) = (halves[0], halves[1])
      startBlock(.floatNormals)
    }
    defer { used += 1 }
    return Float(bitPattern: UInt32(truncatingIfNeeded: (used < 2 ? low : high) >> (32 * UInt64(used & 1))))
  }

  private mutating func startBlock(_ content: Content) {
    block &+= 1
    used = 0
    self.content = content
  }

  /// Fills `out` with what repeated calls of `draw` would give: the rest of the current block, whole
  /// blocks by the bulk kernel, and the beginning of one more block.
  mutating func fill<Scalar>(
    _ out: UnsafeMutableBufferPointer<Scalar>, _ content: Content, draw: (inout RandomStream) -> Scalar,
    kernel: (UInt64, UInt64, UInt64, Int, UnsafeMutablePointer<Scalar>?) -> Void
  ) {
    guard let start = out.baseAddress, !out.isEmpty else { return }
    let perBlock = 16 / MemoryLayout<Scalar>.stride
    var index = 0
    while index < out.count, self.content == content, used < 4 {
      out[index] = draw(&self)
      index += 1
    }
    let blocks = (out.count - index) / perBlock
    if blocks > 0 {
      kernel(key, nonce, block, blocks, start + index)
      block &+= UInt64(blocks)
      index += blocks * perBlock
      used = 4
    }
    while index < out.count {
      out[index] = draw(&self)
      index += 1
    }
  }
}
