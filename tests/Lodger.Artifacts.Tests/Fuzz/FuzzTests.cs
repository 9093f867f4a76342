using System.Diagnostics;
using System.Globalization;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Fuzz;

/// <summary>
/// Mutated real files of every format: whatever they say, a report comes back, in bounded memory. A mutation that makes the verifier say something that it has not said
/// before is mutated further: so the search goes where new code answers. LODGER_FUZZ_ITERATIONS runs more of them (<c>./test --long</c> a million), LODGER_FUZZ_SEED another
/// sequence; the same seed runs the same sequence. What fails is kept and named.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const long BudgetBytes = 200_000_000;
    private const int SampleIterations = 3000;
    private const int MaxSeedBytes = 64 * 1024;
    private const int DefaultSeed = 20;
    private const int MaxKept = 4000;

    // of one kind of finding: some repeat a word of the file, and are never the same twice
    private const int MaxAnswers = 12;

    [Fact]
    public void Mutated_files_of_every_format_are_judged_calmly()
    {
        var seed = Number("LODGER_FUZZ_SEED", DefaultSeed);
        var iterations = Number("LODGER_FUZZ_ITERATIONS", Environment.GetEnvironmentVariable("LODGER_LONG") == "1" ? 1_000_000 : SampleIterations);
        var corpus = Corpus();
        var contents = corpus.Select(file => file.Content).ToList();
        var seeds = corpus.Count;
        var answers = new HashSet<string>(StringComparer.Ordinal);
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        using var coverage = EdgeCoverage.Start();
        var (verdicts, ids, formats) = (new SortedDictionary<string, int>(), new SortedDictionary<string, int>(), new SortedDictionary<string, int>());
        var (slowest, slowestAt, largest) = (TimeSpan.Zero, 0, 0L);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < iterations; i++)
        {
            var (name, content) = corpus[random.Next(corpus.Count)];
            var path = directory[name];
            var mutated = Mutation.Of(content, contents, random);
            Verifying.Rewrite(path, mutated);
            var (started, before) = (clock.Elapsed, GC.GetAllocatedBytesForCurrentThread());
            FileReport report;
            try
            {
                report = Verifying.File(path, (InspectionDepth)random.Next(3));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(Kept(name, mutated, seed, i) + "was not survived.", e);
            }

            var (took, allocated) = (clock.Elapsed - started, GC.GetAllocatedBytesForCurrentThread() - before);
            if (allocated >= BudgetBytes || (report.Verdict == Verdict.Damaged && report.Findings.Count == 0))
            {
                throw new InvalidOperationException(Kept(name, mutated, seed, i) + $"took {allocated} bytes and was {report.Verdict} with {report.Findings.Count} findings.");
            }

            var isNew = coverage?.TakesNew() ?? report.Findings.Any(finding => IsNew(finding, answers));
            if (isNew && contents.Count < seeds + MaxKept && mutated.Length is > 0 and <= MaxSeedBytes)
            {
                corpus.Add((name, mutated));
                contents.Add(mutated);
            }

            (slowest, slowestAt) = took > slowest ? (took, i) : (slowest, slowestAt);
            largest = Math.Max(largest, allocated);
            verdicts[report.Verdict.ToString()] = verdicts.GetValueOrDefault(report.Verdict.ToString()) + 1;
            formats[report.Format] = formats.GetValueOrDefault(report.Format) + 1;
            foreach (var finding in report.Findings)
            {
                ids[finding.Id] = ids.GetValueOrDefault(finding.Id) + 1;
            }
        }

        output.WriteLine($"{iterations} mutations (seed {seed}) of {seeds} files and {corpus.Count - seeds} of their mutations in {clock.Elapsed.TotalSeconds:0} s; slowest {slowest.TotalMilliseconds:0} ms (iteration {slowestAt}), most allocated {largest / 1e6:0.0} MB");
        output.WriteLine(coverage is null ? "guided by what the verifier says" : $"guided by coverage: {coverage.Taken} branches taken");
        output.WriteLine(string.Join(", ", verdicts.Select(pair => $"{pair.Key} {pair.Value}")));
        output.WriteLine(string.Join(", ", formats.Select(pair => $"{pair.Key} {pair.Value}")));
        output.WriteLine($"{ids.Count} kinds of findings: " + string.Join(", ", ids.Select(pair => $"{pair.Key} {pair.Value}")));
        verdicts.Values.Sum().ShouldBeGreaterThan(0);
    }

    private static bool IsNew(Finding finding, HashSet<string> answers) =>
        answers.Count(answer => answer.StartsWith(finding.Id + ' ', StringComparison.Ordinal)) < MaxAnswers && answers.Add(Template(finding));

    /// <summary>What a finding says without its numbers and names: one for each place that can say something.</summary>
    private static string Template(Finding finding) =>
        finding.Id + ' ' + string.Concat(finding.What.Split('"').Where((_, i) => i % 2 == 0)).Where(c => !char.IsAsciiDigit(c)).Aggregate(17, (hash, c) => unchecked((hash * 31) + c));

    private static string Kept(string name, byte[] content, int seed, int iteration)
    {
        var path = Path.Combine(Path.GetTempPath(), $"lodger-fuzz-{seed}-{iteration}-{name}");
        File.WriteAllBytes(path, content);
        return $"LODGER_FUZZ_SEED={seed}, iteration {iteration}, kept as {path}: ";
    }

    /// <summary>Every fixture that is not large, with those that the tests make: the seeds. What a fuzz run once found is kept among them.</summary>
    private static List<(string Name, byte[] Content)> Corpus()
    {
        var root = Path.Combine(AppContext.BaseDirectory, "Fixtures");
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(file => new FileInfo(file).Length is > 0 and <= MaxSeedBytes && !file.EndsWith(".py", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))
            .ToList();
        files.Add(("small.safetensors", SafetensorsBytes.Small));
        files.Add(("lines.jsonl", "{\"step\": 1}\n{\"step\": 2}\n"u8.ToArray()));
        return files;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
