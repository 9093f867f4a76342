using System.Text.Json;

namespace Lodger.Acceptance.Tests.Examples;

public sealed class DigitsResumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_and_started_again_it_ends_in_the_same_bytes()
    {
        using var whole = new DigitsProgram();
        await whole.RunAsync(Token);

        using var broken = new DigitsProgram();
        int seed = Environment.TickCount;
        var random = new Random(seed);
        for (int kills = 0; kills < 3; kills++)
        {
            // Two progress lines mean that one more checkpoint was written at least.
            IReadOnlyList<string> lines = await broken.RunAsync(Token, random.Next(2, 4), TimeSpan.FromMilliseconds(random.Next(40)));
            if (kills > 0)
                lines.ShouldContain(line => line.StartsWith("resuming from step-", StringComparison.Ordinal), $"seed {seed}");
        }

        await broken.RunAsync(Token);
        foreach (string file in (string[])["model.safetensors", "metrics.json", "history.jsonl", "predictions.npy"])
        {
            File.ReadAllBytes(Path.Combine(broken.Results, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(whole.Results, file)))
                .ShouldBeTrue($"{file} differs after three kills (seed {seed})");
        }
    }

    [Fact]
    public async Task A_damaged_newest_checkpoint_is_passed_over_for_the_one_before()
    {
        using var program = new DigitsProgram();
        await program.RunAsync(Token, killAfter: 4);
        IReadOnlyList<string> files = program.CheckpointFiles;
        files.Count.ShouldBeGreaterThanOrEqualTo(2);
        using (FileStream newest = File.OpenWrite(files[^1]))
            newest.SetLength(newest.Length - 100);
        await File.WriteAllTextAsync(files[^1] + ".tmp", "half", Token);

        IReadOnlyList<string> lines = await program.RunAsync(Token);
        lines.ShouldContain($"passing over {Path.GetFileName(files[^1])}: the data is not as long as the header promises");
        lines.ShouldContain($"resuming from {Path.GetFileName(files[^2])}");
        Directory.GetFiles(program.Checkpoints, "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task It_keeps_three_checkpoints_and_says_what_it_learned()
    {
        using var program = new DigitsProgram();
        IReadOnlyList<string> lines = await program.RunAsync(Token);
        program.CheckpointFiles.Select(Path.GetFileName).ShouldBe(["step-00000030.safetensors", "step-00000035.safetensors", "step-00000040.safetensors"]);
        lines.ShouldContain(line => line.StartsWith("step 40/40 loss ", StringComparison.Ordinal));

        using JsonDocument metrics = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(program.Results, "metrics.json"), Token));
        JsonElement root = metrics.RootElement;
        int right = 0;
        for (int digit = 0; digit < 10; digit++)
            right += root.GetProperty("confusion")[digit][digit].GetInt32();
        root.GetProperty("test_accuracy").GetDouble().ShouldBe(right / 360.0, 1e-6);
        root.GetProperty("test_accuracy").GetDouble().ShouldBeGreaterThan(0.3, "forty small steps are little, but guessing is 0.1");
    }
}
