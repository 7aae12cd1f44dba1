/// A place in a stream from where a kernel makes its numbers: block number i is the Philox image of the
/// counter (i, nonce) under the key.
package struct RandomPlace: Sendable {
  /// The identity of the stream.
  package var key, nonce: UInt64
  /// The number of the first block.
  package var block: UInt64
  /// How many numbers of the first block had been drawn before.
  package var skip: Int
}

extension RandomStream {
  /// Leaves to a kernel the normals that the next calls of ``normal(_:)`` would give.
  ///
  /// Afterwards the stream is where `count` such calls would have left it.
  package mutating func takeNormals<Scalar: RandomScalar>(_ count: Int, _: Scalar.Type) -> RandomPlace {
    let perBlock = 16 / MemoryLayout<Scalar>.stride
    let kind = perBlock == 4 ? Content.floatNormals : .doubleNormals
    let hasBegun = content == kind && used < 4
    let place = RandomPlace(
      key: key, nonce: nonce, block: hasBegun ? block &- 1 : block,
      skip: hasBegun ? Int(used) * perBlock / 4 : 0)
    if count > 0 {
      let end = place.skip + count
      seek(toBlock: place.block &+ UInt64(end / perBlock))
      for _ in 0..<end % perBlock { _ = Scalar._normal(&self) }
    }
    return place
  }

  /// Leaves whole blocks to a kernel, beginning with the next new one.
  package mutating func takeBlocks(_ count: Int) -> RandomPlace {
    let place = RandomPlace(key: key, nonce: nonce, block: block, skip: 0)
    if count > 0 { seek(toBlock: block &+ UInt64(count)) }
    return place
  }
}

extension RandomStream {
  /// A stream for the numbers of a kernel that belong to blocks of this one, however many of them a block
  /// turns out to need. No number, name or draw leads to it.
  package func innerPlace() -> RandomPlace {
    // The next digits of pi after those of numbers and names.
    let mask: UInt64 = 0xA409_3822_299F_31D0
    let (key, nonce) = Philox4x32.block(counterLow: 0, counterHigh: nonce, key: key ^ mask)
    return RandomPlace(key: key, nonce: nonce, block: 0, skip: 0)
  }
}
