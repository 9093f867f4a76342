using System.Diagnostics;
using System.Globalization;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Fuzz;

/// <summary>
/// Mutated real files of every format: whatever they say, a report comes back, in bounded memory. LODGER_FUZZ_ITERATIONS runs more of them (<c>./test --long</c>
/// a million), LODGER_FUZZ_SEED another sequence, LODGER_FUZZ_ONLY a single iteration of it again.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const long BudgetBytes = 200_000_000;
    private const int SampleIterations = 3000;
    private const int MaxSeedBytes = 64 * 1024;
    private const int DefaultSeed = 20;

    [Fact]
    public void Mutated_files_of_every_format_are_judged_calmly()
    {
        var seed = Number("LODGER_FUZZ_SEED", DefaultSeed);
        var iterations = Number("LODGER_FUZZ_ITERATIONS", Environment.GetEnvironmentVariable("LODGER_LONG") == "1" ? 1_000_000 : SampleIterations);
        var only = Number("LODGER_FUZZ_ONLY", -1);
        var corpus = Corpus();
        using var directory = new TemporaryDirectory();
        var (verdicts, ids, formats) = (new SortedDictionary<string, int>(), new SortedDictionary<string, int>(), new SortedDictionary<string, int>());
        var (slowest, slowestAt, largest) = (TimeSpan.Zero, 0, 0L);
        var clock = Stopwatch.StartNew();
        for (var i = Math.Max(only, 0); i < (only >= 0 ? only + 1 : iterations); i++)
        {
            var random = new Random(unchecked((seed * 1_000_003) + i));
            var (name, content) = corpus[random.Next(corpus.Count)];
            var path = directory[name];
            Verifying.Rewrite(path, Mutation.Of(content, [.. corpus.Select(file => file.Content)], random));
            var (started, before) = (clock.Elapsed, GC.GetAllocatedBytesForCurrentThread());
            FileReport report;
            try
            {
                report = Verifying.File(path, (InspectionDepth)random.Next(3));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"LODGER_FUZZ_SEED={seed} LODGER_FUZZ_ONLY={i} ({name}) was not survived.", e);
            }

            var (took, allocated) = (clock.Elapsed - started, GC.GetAllocatedBytesForCurrentThread() - before);
            allocated.ShouldBeLessThan(BudgetBytes, $"LODGER_FUZZ_SEED={seed} LODGER_FUZZ_ONLY={i} ({name})");
            (report.Verdict != Verdict.Damaged || report.Findings.Count > 0).ShouldBeTrue($"LODGER_FUZZ_SEED={seed} LODGER_FUZZ_ONLY={i} ({name}) is damaged and nothing says why");
            (slowest, slowestAt) = took > slowest ? (took, i) : (slowest, slowestAt);
            largest = Math.Max(largest, allocated);
            verdicts[report.Verdict.ToString()] = verdicts.GetValueOrDefault(report.Verdict.ToString()) + 1;
            formats[report.Format] = formats.GetValueOrDefault(report.Format) + 1;
            foreach (var finding in report.Findings)
            {
                ids[finding.Id] = ids.GetValueOrDefault(finding.Id) + 1;
            }
        }

        output.WriteLine($"{iterations} mutations (seed {seed}) of {corpus.Count} files in {clock.Elapsed.TotalSeconds:0} s; slowest {slowest.TotalMilliseconds:0} ms (iteration {slowestAt}), most allocated {largest / 1e6:0.0} MB");
        output.WriteLine(string.Join(", ", verdicts.Select(pair => $"{pair.Key} {pair.Value}")));
        output.WriteLine(string.Join(", ", formats.Select(pair => $"{pair.Key} {pair.Value}")));
        output.WriteLine($"{ids.Count} kinds of findings: " + string.Join(", ", ids.Select(pair => $"{pair.Key} {pair.Value}")));
        verdicts.Values.Sum().ShouldBeGreaterThan(0);
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
