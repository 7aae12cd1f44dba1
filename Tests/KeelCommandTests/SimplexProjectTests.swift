import Foundation
import Keel
import KeelSimplex
import TestSupport
import Testing

@testable import KeelCommand

@Suite("keel simplex project")
struct SimplexProjectTests {
  /// Scores with ties, spread so that supports differ in size.
  static func scores<Scalar: RealScalar>(_ count: Int, as type: Scalar.Type) -> [Scalar] {
    (0..<count).map { Scalar(($0 * 37) % 101) / 16 - Scalar($0 % 3) }
  }

  @Test("a vector is one row, and its image goes to standard output as CSV")
  func vector() throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy("x.npy", shape: [3], [-2, 0, 0.5])
    let outcome = try BuiltProgram.run(["simplex", "project", file])
    #expect(outcome.status == 0)
    #expect(outcome.output == "0.0,0.25,0.75\n")
    #expect(outcome.errors.hasPrefix("1 row of 3, sparsemax, mean support 2, "), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    let dash = try BuiltProgram.run(["simplex", "project", file, "-o", "-", "--quiet", "--map", "entmax15"])
    #expect(dash.status == 0 && dash.errors.isEmpty)
    let p = dash.output.dropLast().split(separator: ",").compactMap { Double($0) }
    // (0, .326007363661561810, .673992636338438190), by arithmetic of 40 digits.
    #expect(zip(p, [0, 0.32600736366156181, 0.67399263633843819]).allSatisfy { abs($0 - $1) <= 1e-14 })
  }

  @Test(
    "the output has shape and type of the scores, whatever number of rows is taken at a time",
    arguments: [[13], [11, 13], [2, 3, 7, 13], [1, 1], [0, 4], [4, 0], [0], [5, 1]], [1, 2, 7, 1000])
  func shapes(shape: [Int], rowsAtATime: Int) throws {
    let folder = try TemporaryFolder()
    let count = shape.reduce(1, *)
    let columns = shape[shape.count - 1]
    let single = Self.scores(count, as: Float.self)
    let file = try folder.write(NumericArray(shape: shape, elements: single), to: "x.npy")
    try SimplexRun.project([
      file, "-o", folder.path("p.npy"), "--chunk-rows", "\(rowsAtATime)", "--thresholds",
      folder.path("t.npy"),
    ])
    let p = try NPY.read(folder.path("p.npy"))
    #expect(p.shape == shape && p.elementType == .float32)
    let rows = shape.dropLast().reduce(1, *)
    let solutions = Sparsemax<Float>().solve(Matrix(rows: rows, columns: columns, elements: single))
    #expect(p.elements(of: Float.self) == solutions.outputs.elements)
    let thresholds = try NPY.read(folder.path("t.npy"))
    #expect(thresholds.shape == (shape.count == 1 ? [1] : Array(shape.dropLast())))
    #expect(thresholds.elements(of: Double.self) == solutions.thresholds.map(\.value))
    #expect(try folder.contents == ["p.npy", "t.npy", "x.npy"])
  }

  @Test("a column-major matrix is read by rows; more dimensions are refused")
  func columnMajor() throws {
    let folder = try TemporaryFolder()
    let values = Self.scores(60, as: Double.self)
    for (shape, isRead) in [([12, 5], true), ([3, 4, 5], false)] {
      let array = NumericArray(shape: shape, elements: values)
      try NPY.write(array, to: folder.path("c.npy"), options: .init(isColumnMajor: true))
      let arguments = [folder.path("c.npy"), "-o", folder.path("p.npy"), "--chunk-rows", "5"]
      if isRead {
        try SimplexRun.project(arguments)
        let expected = Sparsemax<Double>()(Matrix(rows: 12, columns: 5, elements: values))
        #expect(try NPY.read(folder.path("p.npy")).values() == expected.elements)
      } else {
        #expect(SimplexRun.refusal(arguments)?.contains("column-major") == true)
      }
    }
  }

  @Test("types: singles and halves stay single, everything else is double, unless asked for")
  func types() throws {
    let folder = try TemporaryFolder()
    func outputType(_ array: NumericArray, _ options: String...) throws -> ElementType {
      let file = try folder.write(array, to: "x.npy")
      try SimplexRun.project([file, "-o", folder.path("p.npy")] + options)
      return try NPY.read(folder.path("p.npy")).elementType
    }
    #expect(try outputType(NumericArray([1, 2] as [Float])) == .float32)
    #expect(try outputType(NumericArray([1, 2] as [Double])) == .float64)
    #expect(try outputType(NumericArray([1, 2] as [Int32])) == .float64)
    #expect(try outputType(NumericArray([true, false])) == .float64)
    #expect(try outputType(NumericArray([1, 2] as [Double]), "--precision", "float32") == .float32)
    #expect(try outputType(NumericArray([1, 2] as [Float]), "--precision", "float64") == .float64)
    // (1, 0.5) in half precision, which is read only.
    var bytes = NPYHeader(elementType: .float16, shape: [2]).encoded
    bytes += [0x00, 0x3C, 0x00, 0x38]
    try Data(bytes).write(to: folder.url.appendingPathComponent("half.npy"))
    try SimplexRun.project([folder.path("half.npy"), "-o", folder.path("p.npy")])
    #expect(try NPY.read(folder.path("p.npy")).elements(of: Float.self) == [0.75, 0.25])
  }

  @Test("CSV, compressed or not, with names or not, becomes .npy or CSV, and the names stay")
  func csv() throws {
    let folder = try TemporaryFolder()
    let values = Matrix<Double>(rows: 50, columns: 4, elements: Self.scores(200, as: Double.self))
    let expected = Sparsemax<Double>()(values)
    for name in ["x.csv", "x.csv.gz", "x.txt"] {
      for header in [nil, ["a", "b", "c", "d"]] {
        try CSV.write(values, header: header, to: folder.path(name))
        for output in ["p.npy", "p.csv", "p.csv.gz"] {
          try SimplexRun.project([folder.path(name), "-o", folder.path(output), "--chunk-rows", "7"])
          if output == "p.npy" {
            #expect(try Matrix<Double>(NPY.read(folder.path(output))) == expected)
          } else {
            let table = try CSV.read(folder.path(output), as: Double.self)
            #expect(table == CSV.Table(header: header, values: expected))
          }
        }
      }
    }
    // An empty table has an empty image.
    try folder.write("", to: "empty.csv")
    try SimplexRun.project([folder.path("empty.csv"), "-o", folder.path("p.csv")])
    #expect(try folder.text("p.csv").isEmpty)
    // An .npy file is known by its first bytes too, and '--format' stands in for a name.
    let file = try folder.npy("x.npy", shape: [2], [1, 1])
    try FileManager.default.moveItem(atPath: file, toPath: folder.path("scores"))
    try SimplexRun.project([folder.path("scores"), "-o", folder.path("image"), "--format", "csv"])
    #expect(try folder.text("image") == "0.5,0.5\n")
  }

  @Test("masks and lengths leave entries out, of the image and of the gradient")
  func masks() throws {
    let folder = try TemporaryFolder()
    let (rows, columns) = (9, 6)
    let scores = Matrix<Double>(rows: rows, columns: columns, elements: Self.scores(54, as: Double.self))
    let mask = (0..<54).map { $0 % 4 != 1 && $0 / 6 != 5 }
    let lengths = (0..<rows).map { $0 % 7 }
    let cotangents = Matrix<Double>(rows: rows, columns: columns) { sin(Double(1 + $0) + 2 * Double($1)) }
    let files = (
      scores: try folder.write(NumericArray(scores), to: "x.npy"),
      cotangents: try folder.write(NumericArray(cotangents), to: "g.npy"),
      mask: try folder.write(NumericArray(shape: [9, 6], elements: mask), to: "m.npy"),
      digits: try folder.write(
        NumericArray(shape: [9, 6], elements: mask.map { $0 ? 1.0 : 0 }), to: "d.npy"),
      lengths: try folder.write(NumericArray(lengths.map(Int32.init)), to: "l.npy")
    )
    try CSV.write(
      Matrix<Double>(rows: 9, columns: 6, elements: mask.map { $0 ? 1 : 0 }), to: folder.path("m.csv"))
    try folder.write(lengths.map { "\($0)\n" }.joined(), to: "l.csv")
    let map = try Entmax<Double>(alpha: 1.5)
    let cases: [([String], ValidEntries)] = [
      ([], .all), (["--mask", files.mask], .mask(mask)), (["--mask", files.digits], .mask(mask)),
      (["--mask", folder.path("m.csv")], .mask(mask)), (["--lengths", files.lengths], .lengths(lengths)),
      (["--lengths", folder.path("l.csv")], .lengths(lengths)),
      (
        ["--lengths", files.lengths, "--mask", files.mask],
        .mask((0..<54).map { mask[$0] && $0 % 6 < lengths[$0 / 6] })
      ),
    ]
    for (options, valid) in cases {
      try SimplexRun.project(
        [
          files.scores, "--map", "entmax15", "-o", folder.path("p.npy"), "--grad", files.cotangents,
          "--grad-output", folder.path("dx.npy"), "--chunk-rows", "4",
        ] + options)
      let expected = map(scores, valid: valid)
      let p = try Matrix<Double>(NPY.read(folder.path("p.npy")))
      #expect(p == expected, "\(options)")
      let gradient = try Matrix<Double>(NPY.read(folder.path("dx.npy")))
      #expect(gradient == map.pullback(of: cotangents, at: expected, valid: valid), "\(options)")
    }
  }

  @Test("a temperature divides scores and gradients")
  func temperature() throws {
    let folder = try TemporaryFolder()
    let scores = Matrix<Double>(rows: 4, columns: 5, elements: Self.scores(20, as: Double.self))
    let cotangents = Matrix<Double>(rows: 4, columns: 5) { Double($0) - Double($1 * $1) }
    try SimplexRun.project([
      try folder.write(NumericArray(scores), to: "x.npy"), "-o", folder.path("p.npy"), "--temperature", "4",
      "--grad", try folder.write(NumericArray(cotangents), to: "g.npy"), "--grad-output",
      folder.path("dx.npy"),
    ])
    let map = Sparsemax<Double>()
    let expected = map(scores.map { $0 / 4 })
    #expect(try Matrix<Double>(NPY.read(folder.path("p.npy"))) == expected)
    #expect(
      try Matrix<Double>(NPY.read(folder.path("dx.npy")))
        == map.pullback(of: cotangents, at: expected).map { $0 / 4 })
  }

  @Test("parameters are one number, one a row, or one a head, from the command line or a file")
  func parameters() throws {
    let folder = try TemporaryFolder()
    let values = Self.scores(2 * 2 * 3 * 5, as: Double.self)
    let file = try folder.write(NumericArray(shape: [2, 2, 3, 5], elements: values), to: "x.npy")
    let scores = Matrix<Double>(rows: 12, columns: 5, elements: values)
    try CSV.write(scores, to: folder.path("x.csv"))
    let alphas = (0..<12).map { 1 + Double($0) / 8 }
    let perRow = try folder.npy("a.npy", shape: [2, 2, 3], alphas)
    let list = alphas.map { "\($0)" }.joined(separator: ",")
    let cases: [([String], RowParameter<Double>)] = [
      (["--alpha", "1.25"], 1.25), (["--alpha", list], .perRow(alphas)),
      (["--alpha", perRow], .perRow(alphas)),
      (["--alpha", "1.25,2", "--rows-per-head", "3"], .perHead([1.25, 2], rows: 3)),
    ]
    for (options, alpha) in cases {
      let expected = try Entmax(alpha: alpha)(scores)
      for input in [file, folder.path("x.csv")] {
        for rows in ["1", "5", "100"] {
          try SimplexRun.project(
            [input, "--map", "entmax", "-o", folder.path("p.npy"), "--chunk-rows", rows] + options)
          #expect(try NPY.read(folder.path("p.npy")).values() == expected.elements, "\(options) \(rows)")
        }
      }
    }
    try SimplexRun.project([file, "--radius", "0.5", "-o", folder.path("p.npy")])
    #expect(
      try NPY.read(folder.path("p.npy")).values() == Sparsemax<Double>(radius: 0.5)(scores).elements)
  }

  @Test("sparse rows are those of SciPy's format", arguments: [1, 4, 100])
  func sparse(rowsAtATime: Int) throws {
    let folder = try TemporaryFolder()
    let values = Self.scores(2 * 5 * 8, as: Float.self)
    let file = try folder.write(NumericArray(shape: [2, 5, 8], elements: values), to: "x.npy")
    try SimplexRun.project([
      file, "--sparse", "-o", folder.path("p.npz"), "--chunk-rows", "\(rowsAtATime)",
    ])
    let archive = try NPZReader(folder.path("p.npz"))
    #expect(archive.names == ["indices", "indptr", "format", "shape", "data"])
    let expected = Sparsemax<Float>()(Matrix(rows: 10, columns: 8, elements: values))
    let (indices, ends) = (try archive.read("indices"), try archive.read("indptr"))
    #expect(indices.elementType == .int32 && ends.elementType == .int32)
    #expect(try archive.read("shape").elements(of: Int.self) == [10, 8])
    var dense = Matrix<Float>(zeros: 10, 8)
    let (places, starts) = (try indices.integers(as: Int.self), try ends.integers(as: Int.self))
    let data = try #require(try archive.read("data").elements(of: Float.self))
    #expect(starts.count == 11 && starts[0] == 0 && starts[10] == data.count && places.count == data.count)
    for row in 0..<10 { for k in starts[row]..<starts[row + 1] { dense[row, places[k]] = data[k] } }
    #expect(dense == expected)
  }

  @Test("rows with NaN, infinities and nothing are as the library defines them, and are counted")
  func exceptionalRows() throws {
    let folder = try TemporaryFolder()
    let file = try folder.npy(
      "x.npy", shape: [4, 3],
      [1, .nan, 0, -.infinity, -.infinity, -.infinity, .infinity, 0, .infinity, 1, -.infinity, 1])
    let outcome = try BuiltProgram.run(["simplex", "project", file, "--certify"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "nan,nan,nan\n0.0,0.0,0.0\n0.5,0.0,0.5\n0.5,0.0,0.5\n")
    #expect(
      outcome.errors.contains("4 rows of 3, sparsemax, mean support 1.33, 1 with NaN, 1 empty, "),
      "\(outcome.errors)")
  }

  @Test("a certificate that fails ends with status 1, and leaves no file")
  func certificate() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      NumericArray(shape: [20, 30], elements: (0..<600).map { sin(Float($0)) }), to: "x.npy")
    let passed = try BuiltProgram.run([
      "simplex", "project", file, "-o", folder.path("p.csv"), "--certify", "--map", "softmax",
    ])
    #expect(passed.status == 0 && passed.output.isEmpty)
    #expect(passed.errors.contains("largest KKT residual ") && passed.errors.contains(" in row "))
    // Singles cannot be as good as this.
    let failed = try BuiltProgram.run([
      "simplex", "project", file, "-o", folder.path("q.csv"), "--certify", "--tolerance", "1e-20", "--map",
      "softmax",
    ])
    #expect(failed.status == 1)
    #expect(failed.errors.hasPrefix("keel: 20 of 20 rows have a KKT residual above the tolerance"))
    #expect(failed.errors.split(separator: "\n").count == 1)
    #expect(try folder.contents == ["p.csv", "x.npy"])
  }

  @Test("the number of threads changes nothing")
  func threads() throws {
    let folder = try TemporaryFolder()
    // As many entries as are worth a second thread.
    let values = Self.scores(700 * 100, as: Float.self)
    let file = try folder.write(NumericArray(shape: [700, 100], elements: values), to: "x.npy")
    for threads in 1...2 {
      let outcome = try BuiltProgram.run([
        "simplex", "project", file, "-o", folder.path("\(threads).npy"), "--threads", "\(threads)", "--grad",
        file, "--grad-output", folder.path("g\(threads).npy"),
      ])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    for name in ["", "g"] {
      #expect(try NPY.read(folder.path(name + "1.npy")) == NPY.read(folder.path(name + "2.npy")))
    }
  }
}
