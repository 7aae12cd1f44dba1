import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Lorentz frames")
struct LorentzFrameTests {
  /// Massive particles with a deviation of their momenta.
  private func particles(_ n: Int, _ d: Int, _ stream: inout RandomStream) -> Matrix<Double> {
    let momenta = Matrix<Double>.normals(n, d - 1, &stream)
    return Matrix(rows: n, columns: d) { i, j in
      j > 0
        ? momenta[i, j - 1]
        : (1 + momenta.row(i).reduce(0) { $0 + $1 * $1 }).squareRoot()
    }
  }

  private func product(_ x: some Collection<Double>, _ y: some Collection<Double>) -> Double {
    zip(x, y).enumerated().reduce(0) { $0 + ($1.offset == 0 ? 1 : -1) * $1.element.0 * $1.element.1 }
  }

  @Test("averages are invariant and equivariant", arguments: [true, false], 2...5)
  func symmetry(_ isProper: Bool, _ d: Int) throws {
    for index in 0..<10 {
      var stream = RandomStream(seed: 61).stream(isProper ? 1 : 0).stream(d).stream(index)
      let n = 6
      let momenta = particles(n, d, &stream)
      let network = MultilayerPerceptron<Double>(
        randomWidths: [n * d, 16, n * d], activation: .tanh, using: &stream)
      let element = LorentzElement<Double>.random(
        dimension: d, isProper: isProper, rapidityDeviation: 1, using: &stream)
      let image = element.transformed(momenta)
      let frames = try [momenta, image].map { try LorentzFrame(restFrameOf: $0, isProper: isProper) }
      #expect(frames[0].count == 1 << (isProper ? d - 2 : d - 1))
      #expect(abs(frames[0].mass / frames[1].mass - 1) <= 1e-12)
      let norm = frames[0].boostNorm * frames[1].boostNorm
      let gap = frames[0].space.certificate.relativeGap
      let bound = 200 * Double.ulpOfOne / gap * norm * norm
      let scalars = zip(frames, [momenta, image]).map { $0.average(of: $1) { network($0.elements) } }
      #expect(zip(scalars[0], scalars[1]).allSatisfy { abs($0 - $1) <= bound }, "d = \(d), trial \(index)")
      let vectors = zip(frames, [momenta, image]).map { frame, x in
        frame.average(of: [Field(.vector, x)]) { inputs in
          [Field(.vector, Matrix(rows: n, columns: d, elements: network(inputs[0].values.elements)))]
        }[0]
      }
      let error = vectors[1].values.maximumDifference(from: element.transformed(vectors[0]).values)
      #expect(error <= bound * norm, "d = \(d), trial \(index)")
    }
  }

  @Test("elements keep the metric; the total momentum is at rest")
  func metric() throws {
    var stream = RandomStream(seed: 62)
    let momenta = particles(5, 4, &stream)
    for isProper in [true, false] {
      let frame = try LorentzFrame(restFrameOf: momenta, isProper: isProper)
      #expect(frame.count == (isProper ? 4 : 8))
      let total = (0..<4).map { j in (0..<5).reduce(0) { $0 + momenta[$1, j] } }
      #expect(abs(frame.mass - product(total, total).squareRoot()) <= 1e-13 * frame.mass)
      for k in 0..<frame.count {
        let matrix = frame[k].rotation
        for a in 0..<4 {
          for b in 0..<4 {
            let expected: Double = a != b ? 0 : a == 0 ? 1 : -1
            #expect(abs(product(matrix.column(a), matrix.column(b)) - expected) <= 1e-14 * frame.boostNorm)
          }
        }
        let identity = frame[k].inverse.rotation * matrix
        #expect(identity.maximumDifference(from: Matrix(identity: 4)) <= 1e-14 * frame.boostNorm)
        #expect(frame[k].orientation == 1 || !isProper)
        let rest = frame[k].inverseTransformed(Matrix(row: total)).elements
        #expect(abs(rest[0] - frame.mass) <= 1e-13 * frame.mass)
        #expect(rest.dropFirst().allSatisfy { abs($0) <= 1e-13 * frame.mass })
      }
    }
  }

  @Test(
    "the norm of a boost",
    arguments: [(0.5, 1.7320508), (0.9, 4.3588989), (0.99, 14.106736), (0.999, 44.710178)])
  func norms(_ velocity: Double, _ norm: Double) throws {
    let boost = try LorentzElement(boostTo: [velocity, 0, 0])
    let body = boost.transformed(Matrix<Double>(row: [1, 0, 0, 0]))
    #expect(abs(body[0, 1] / body[0, 0] - velocity) <= 1e-15)
    let frame = try LorentzFrame(restFrameOf: body)
    #expect(abs(frame.boostNorm / norm - 1) <= 1e-6)
    #expect(abs(try SVD(frame[0].rotation).singularValues[0] / norm - 1) <= 1e-6)
    #expect(abs(frame.mass - 1) <= 1e-12)
  }

  @Test("extreme units")
  func extremes() throws {
    var stream = RandomStream(seed: 63)
    let momenta = particles(5, 4, &stream)
    let frame = try LorentzFrame(restFrameOf: momenta)
    for size in [1e-200, 1e200, 1e300] {
      let scaled = try LorentzFrame(restFrameOf: momenta * size)
      #expect(abs(scaled.mass / size / frame.mass - 1) <= 1e-13)
      #expect(scaled[0].rotation.maximumDifference(from: frame[0].rotation) <= 1e-12)
    }
  }

  @Test("without a rest frame there is an error")
  func errors() {
    let light = Matrix<Double>(rows: [[1, 1, 0, 0]])
    let fast = Matrix<Double>(rows: [[1, 2, 0, 0]])
    let past = Matrix<Double>(rows: [[-2, 1, 0, 0]])
    let zero = Matrix<Double>(zeros: 3, 4)
    for momenta in [light, fast, past, zero] {
      let error = #expect(throws: FrameError.self) { try LorentzFrame(restFrameOf: momenta) }
      guard case .undefined(let argument, _) = error else {
        Issue.record("another error: \(String(describing: error))")
        continue
      }
      #expect(argument == "momenta")
    }
    #expect(throws: FrameError.empty(argument: "momenta")) {
      try LorentzFrame(restFrameOf: Matrix<Double>(zeros: 0, 4))
    }
    #expect(throws: FrameError.notFinite(argument: "momenta", position: "row 0, column 2")) {
      try LorentzFrame(restFrameOf: Matrix<Double>(rows: [[1, 0, .nan, 0]]))
    }
    #expect(throws: FrameError.self) { try LorentzFrame(restFrameOf: Matrix<Double>(rows: [[1]])) }
    #expect(throws: FrameError.self) { try LorentzElement<Double>(boostTo: [0.8, 0.8]) }
  }
}
