using System.Diagnostics;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>The real PyTorch writes files now, and both sides report them. Skipped where Debian's python3-torch is not installed: it is 230 MB with what it needs.</summary>
public sealed class LiveTorchTests
{
    private const string Write = """
        import random, sys, torch
        torch.manual_seed(int.from_bytes(sys.argv[1].encode(), "little") % 1000003)
        kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64]
        def tensor():
            shape = [random.randint(0, 5) for _ in range(random.randint(0, 4))]
            value = (torch.randn(shape) * 50).to(random.choice(kinds))
            if value.dim() > 1 and random.random() < 0.4:
                value = value.transpose(0, 1)
            if value.dim() > 0 and random.random() < 0.3:
                value = value[::2]
            return value
        for number in range(12):
            state = {f"t{i}": tensor() for i in range(10)}
            state["nested"] = [{"deep": tensor()}, (tensor(), 3, "x")]
            state["shared"] = state["t0"]
            torch.save(state, f"{sys.argv[1]}/live{number}.pt", _use_new_zipfile_serialization=number % 2 == 0)
        """;

    [Fact]
    public void What_PyTorch_writes_now_is_reported_alike_by_both()
    {
        if (Python("-c", "import torch") is null)
        {
            Assert.Skip("python3-torch is not installed (apt-get install --no-install-recommends python3-torch)");
        }

        using var directory = new TemporaryDirectory();
        Python("-c", Write, directory.Path).ShouldNotBeNull();
        var files = Directory.GetFiles(directory.Path).Order().ToArray();
        var table = TorchTable.Read(Python([TorchTable.Fixture("torch_table.py"), .. files]).ShouldNotBeNull());

        files.Length.ShouldBe(12);
        foreach (var file in files)
        {
            var report = Verifying.File(file, InspectionDepth.Values);
            report.Verdict.ShouldBeOneOf(Verdict.Loads, Verdict.LoadsWithWarning);
            TorchTable.ShouldFit(report, table[Path.GetFileName(file)]);
        }
    }

    [Fact]
    public void The_canary_sings_in_the_real_PyTorch()
    {
        if (Python("-c", "import torch") is null)
        {
            Assert.Skip("python3-torch is not installed (apt-get install --no-install-recommends python3-torch)");
        }

        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["canary.pt"], TorchFile.OfPickle(Pickles.Canary(directory["sung"])).Bytes());

        Verifying.File(directory["canary.pt"], InspectionDepth.Values).Findings.ShouldContain(finding => finding.Id == "pickle-runs-code");
        File.Exists(directory["sung"]).ShouldBeFalse();
        Python("-c", "import sys, torch; torch.load(sys.argv[1])", directory["canary.pt"]);
        File.Exists(directory["sung"]).ShouldBeTrue();
    }

    /// <summary>What it printed; null when it failed.</summary>
    private static string? Python(params IEnumerable<string> arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = python.StandardError.ReadToEndAsync();
        var said = python.StandardOutput.ReadToEnd();
        errors.Wait();
        python.WaitForExit();
        return python.ExitCode == 0 ? said : null;
    }
}
