using Lodger.Domain.Problems;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

public sealed class BoxEnvironmentTests
{
    private static Outcome<IReadOnlyDictionary<string, string>> For(Dictionary<string, string> env, params string[] secrets) =>
        BoxEnvironment.For(env, secrets, new Uri("https://console.example/"), TestProfile.At("/workspace"), TimeSpan.FromMinutes(20));

    [Fact]
    public void It_names_env_and_secrets_and_holds_no_secret()
    {
        var all = For(new() { ["STAGE"] = "two", ["ALPHA"] = "1" }, "WANDB_API_KEY", "HF_TOKEN").ShouldBeOk();
        all.ShouldBe(
            new Dictionary<string, string>
            {
                ["STAGE"] = "two",
                ["ALPHA"] = "1",
                ["LODGER_ENV_NAMES"] = "ALPHA STAGE",
                ["LODGER_SECRET_NAMES"] = "HF_TOKEN WANDB_API_KEY",
                ["LODGER_API_URL"] = "https://console.example",
                ["LODGER_PAYLOAD_WAIT_S"] = "1200",
            },
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("1ST")]
    [InlineData("")]
    [InlineData("WITH-DASH")]
    [InlineData("A=B")]
    [InlineData("LODGER_JOB")]
    [InlineData("CONTAINER_API_KEY")]
    [InlineData("VAST_TCP_PORT_22")]
    [InlineData("DATA_DIR")]
    public void A_name_that_is_invalid_or_taken_is_refused_as_env_and_as_secret(string name)
    {
        For(new() { [name] = "x" }).ShouldFail("environment-invalid").ExitCode.ShouldBe(ExitCode.BadInput);
        For([], name).ShouldFail("environment-invalid");
    }

    [Fact]
    public void One_name_cannot_be_env_and_secret_and_a_value_cannot_hold_nul()
    {
        For(new() { ["TOKEN"] = "x" }, "TOKEN").ShouldFail("environment-invalid");
        For(new() { ["TOKEN"] = "a\0b" }).ShouldFail("environment-invalid").Message.ShouldNotContain("a\0b");
        For(new() { ["HF_HOME"] = "/elsewhere", ["LINES"] = "a\nb" }).ShouldBeOk();
    }
}
