import Keel
import Testing

@Suite("Philox")
struct RandomPhiloxTests {
  /// The known answers of Random123, file `kat_vectors`, philox4x32 with 10 rounds.
  @Test(
    "Philox 4x32-10 gives the published known answers",
    arguments: [
      (
        SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
        SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff), SIMD2(0xffff_ffff, 0xffff_ffff),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>) {
    #expect(Philox4x32.block(counter: counter, key: key) == answer)
  }

  @Test("The stream of a seed is Philox with counters 0, 1, 2...", arguments: [0, 1, 0xdead_beef_0123_4567])
  func streamIsPhilox(seed: UInt64) {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    var halves = RandomStream(seed: seed)
    var quarters = RandomStream(seed: seed)
    for block in 0..<UInt32(100) {
      let words = Philox4x32.block(counter: SIMD4(block, 0, 0, 0), key: key)
      #expect(halves.next() == UInt64(words[0]) | UInt64(words[1]) << 32)
      #expect(halves.next() == UInt64(words[2]) | UInt64(words[3]) << 32)
      for i in 0..<4 { #expect(quarters.nextUInt32() == words[i]) }
    }
  }
}
