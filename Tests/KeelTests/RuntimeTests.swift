import CKernels
import Testing

@testable import Keel

@Suite("Runtime settings")
struct RuntimeTests {
  @Test("The available instruction sets reach from portable to the best")
  func available() {
    #expect(InstructionSet.available.first == .portable)
    #expect(InstructionSet.available.last == .best)
    #expect(InstructionSet.available == InstructionSet.available.sorted())
    #expect(InstructionSet.available.contains(.current))
  }

  @Test("A selection holds in its scope", arguments: InstructionSet.available)
  func selection(instructions: InstructionSet) {
    let level = instructions.select { keel_instruction_set() }
    #expect(Int(level) == instructions.rawValue)
    instructions.select {
      InstructionSet.portable.select { #expect(InstructionSet.current == .portable) }
      #expect(InstructionSet.current == instructions)
    }
  }

  @Test("A selection ends with an error, too")
  func selectionThrows() {
    struct Stop: Error {}
    InstructionSet.best.select {
      #expect(throws: Stop.self) {
        try InstructionSet.portable.select { () throws(Stop) in throw Stop() }
      }
      #expect(InstructionSet.current == .best)
    }
  }

  @Test(
    "A request for an instruction set means what the documentation says",
    arguments: [
      ("portable", 2, 0, KEEL_REQUEST_FOLLOWED), ("avx2", 2, 1, KEEL_REQUEST_FOLLOWED),
      ("avx512", 2, 2, KEEL_REQUEST_FOLLOWED), ("avx512", 1, 1, KEEL_REQUEST_UNSUPPORTED),
      ("avx2", 0, 0, KEEL_REQUEST_UNSUPPORTED), ("sse9", 1, 1, KEEL_REQUEST_UNKNOWN),
      ("", 2, 2, KEEL_REQUEST_ABSENT),
    ])
  func request(value: String, best: Int, level: Int, request: Int) {
    var outcome: CInt = -1
    #expect(Int(keel_instruction_set_parse(value, CInt(best), &outcome)) == level)
    #expect(Int(outcome) == request)
  }

  @Test("An instruction set needs all of its features")
  func features() {
    let avx2 = CUnsignedInt(KEEL_CPU_AVX2 | KEEL_CPU_FMA)
    let avx512 = avx2 | CUnsignedInt(KEEL_CPU_AVX512_COMPLETE)
    #expect(keel_instruction_set_for(0) == KEEL_PORTABLE)
    #expect(keel_instruction_set_for(CUnsignedInt(KEEL_CPU_AVX2)) == KEEL_PORTABLE)
    #expect(keel_instruction_set_for(avx2) == KEEL_AVX2)
    #expect(keel_instruction_set_for(avx512) == KEEL_AVX512)
    for bit in 2..<7 {
      #expect(keel_instruction_set_for(avx512 & ~(1 << bit)) == KEEL_AVX2)
    }
  }

  @Test(
    "KEEL_THREADS counts from 1; anything else is ignored with a sentence",
    arguments: [
      (nil, 4, true), ("", 4, true), ("1", 1, true), ("7", 7, true), ("0", 4, false), ("-2", 4, false),
      ("two", 4, false), ("2.0", 4, false), ("99999", 4, false), (" 2", 4, false),
    ] as [(String?, Int, Bool)])
  func threadsFromEnvironment(value: String?, count: Int, followed: Bool) {
    let start = Runtime.startingThreads(requested: value, processors: 4)
    #expect(start.count == count)
    #expect((start.notice == nil) == followed)
    if let value, let notice = start.notice { #expect(notice.contains("KEEL_THREADS=\(value)")) }
  }

  @Test("There is a thread even if the system reports no processor")
  func noProcessor() {
    #expect(Runtime.startingThreads(requested: nil, processors: 0).count == 1)
  }

  @Test("Settings can be changed; a number of threads below 1 is a bug of the caller")
  func settings() async {
    await #expect(processExitsWith: .success) {
      Runtime.threads = 3
      precondition(Runtime.threads == 3)
      Runtime.blasThreads = 2
      precondition(Runtime.blasThreads == 2 || Runtime.blasThreads == 0)
    }
    await #expect(processExitsWith: .failure) { Runtime.threads = 0 }
    await #expect(processExitsWith: .failure) { Runtime.blasThreads = 0 }
  }
}
