using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

/// <summary>Secrets that a job asks for are found, or named, before anything is paid.</summary>
public sealed class RunSecretsTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_missing_secret_is_named_before_anything_is_asked_or_paid()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Samples.Yaml + "secrets: [WANDB_API_KEY, HF_TOKEN]\n");
        stage.Environment["HF_TOKEN"] = "value";

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("the secret WANDB_API_KEY, and nothing was rented");
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task A_secret_that_is_empty_is_none_wherever_it_was_looked_for()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Samples.Yaml + "registry: {server: ghcr.io, user: anna, password_secret: GHCR_TOKEN}\n");
        stage.Environment["GHCR_TOKEN"] = "";
        var file = stage.Write(".config/lodger/secrets/GHCR_TOKEN", "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("the secret GHCR_TOKEN, and nothing was rented");
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task A_plan_shows_its_prices_and_says_which_secret_a_run_would_be_refused_for()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Samples.Yaml + "secrets: [WANDB_API_KEY]\n");

        (await stage.RunAsync("plan", "secret.yaml", "--json")).ShouldBe(ExitCode.BadInput);

        JsonSerializer.Deserialize(stage.Out, ApiJson.Default.PlanView)!.Plan.Best.ShouldNotBeNull();
        stage.Error.ShouldContain("the secret WANDB_API_KEY, and nothing was rented");
        stage.Environment["WANDB_API_KEY"] = "value";
        (await stage.RunAsync("plan", "secret.yaml")).ShouldBe(ExitCode.Ok);
    }

    [Fact]
    public async Task A_secret_file_that_others_can_read_is_refused()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("secret.yaml", Samples.Yaml + "secrets: [WANDB_API_KEY]\n");
        var file = stage.Write(".config/lodger/secrets/WANDB_API_KEY", "value\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        (await stage.RunAsync("run", "secret.yaml", "--yes")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("chmod 600");

        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await stage.RunAsync("run", "secret.yaml", "--yes", "--detach")).ShouldBe(ExitCode.Ok);
        server.Submitted.ShouldNotBeNull().Secrets["WANDB_API_KEY"].ShouldBe("value");
    }
}
