using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Engine.Profile;

namespace Lodger.Engine.Tests.Profile;

public sealed class ProfileErrorTests
{
    private static readonly string Good = ReadBuiltIn();

    [Fact]
    public void The_text_that_the_others_damage_is_good() => ProfileReader.Parse(Good, "p.yaml").IsOk.ShouldBeTrue();

    [Fact]
    public void A_fact_without_a_source_is_named_with_its_place()
    {
        string line = Good.Split('\n').Single(l => l.Contains("max_ports:", StringComparison.Ordinal));
        string message = Damaged(line, "    max_ports: {value: \"64\", verified: 2026-06}");
        int at = Good.Split('\n').ToList().IndexOf(line) + 1;
        message.ShouldContain($"p.yaml:{at}:16  network.max_ports.source: source is missing.");
    }

    [Theory]
    [InlineData("value: \"64\"", "value: many", "network.max_ports: Write a whole number above zero.")]
    [InlineData("boot_window: {value: 5m", "boot_window: {value: soon", "launch.boot_window: Write a duration such as 30s or 48h.")]
    [InlineData("disk_min: {value: 10GB", "disk_min: {value: ten", "storage.disk_min: Write a size such as 10GB.")]
    [InlineData("  HF_HOME:", "  HF_HOUSE:", "overrides.HF_HOUSE: Nothing reads this.")]
    [InlineData("  HF_HOME:", "  HF_HOUSE:", "overrides.HF_HOME: This fact is missing; Lodger reads it.")]
    [InlineData("verified: 2026-08, note: Often", "verified: summer, note: Often", "billing.disk.verified: Write the year and month")]
    [InlineData("survives_host_loss: true", "survives_host_loss: maybe", "storage_tiers[2].survives_host_loss: Write true or false.")]
    [InlineData("symptom: A new rental", "sympton: A new rental", "gotchas[12].symptom: symptom is missing.")]
    [InlineData("platform: vastai", "platform: vastai\nplatform: other", "platform: This key stands here twice")]
    public void A_damaged_profile_says_what_to_write(string good, string bad, string error) => Damaged(good, bad).ShouldContain(error);

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        string message = Parse(Good.Replace("value: \"64\"", "value: many", StringComparison.Ordinal).Replace("value: 10GB", "value: ten", StringComparison.Ordinal));
        message.ShouldContain("network.max_ports");
        message.ShouldContain("storage.disk_min");
    }

    [Fact]
    public void What_is_not_yaml_says_where() => Parse("platform: [vastai\nfacts: {").ShouldStartWith("p.yaml:");

    [Fact]
    public void An_empty_profile_is_an_error() => Parse("").ShouldContain("The profile is empty.");

    [Fact]
    public void A_profile_that_is_not_there_is_not_found() =>
        ProfileReader.BuiltIn("moonbase").Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.NotFound);

    private static string Damaged(string good, string bad)
    {
        Good.ShouldContain(good);
        return Parse(Good.Replace(good, bad, StringComparison.Ordinal));
    }

    private static string Parse(string text)
    {
        Outcome<PlatformProfile> outcome = ProfileReader.Parse(text, "p.yaml");
        outcome.IsOk.ShouldBeFalse();
        outcome.Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.BadInput);
        return outcome.Problem.Message;
    }

    private static string ReadBuiltIn()
    {
        using Stream stream = typeof(ProfileReader).Assembly.GetManifestResourceStream("profiles/vastai.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
