using Lodger.Domain.Market;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>Volumes, and copies to clouds.</summary>
public sealed class StorageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Volumes_are_listed_with_their_users_and_what_they_cost()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Volumes);

        var volumes = (await market.VolumesAsync(Token)).Value;

        (volumes[0].Id, volumes[0].Label, volumes[0].MachineId, volumes[0].SizeGb, volumes[0].UsdPerHour).ShouldBe(("88", "cache", "312", 72, 0.01m));
        volumes[0].MadeAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1788264000));
        volumes[0].UsedBy.ShouldBe(["4711"]);
        volumes[1].UsdPerHour.ShouldBe(0.01m);
        volumes[1].UsedBy.ShouldBeNull("whoever uses it is not said");
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""{"success": true, "volumes": [{"machine_id": 3}]}""")]
    public async Task A_list_of_volumes_that_cannot_be_read_is_unknown_and_not_empty(string answer)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, answer);

        (await market.VolumesAsync(Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(Lodger.Domain.Problems.ExitCode.Unknown);
    }

    [Fact]
    public async Task A_cloud_copy_is_begun_from_an_instance_and_never_repeated()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """[{"id": 7, "cloud_type": "s3", "name": "my-bucket"}]""").Then(200, """{"success": true, "msg": "Cloud Copy Started"}""").Then(502, "<html>");

        (await market.CloudsAsync(Token)).Value.ShouldBe([new CloudConnection("7", "my-bucket", "s3")]);
        (await market.CopyToCloudAsync("4711", "/workspace/digits", "7", "/runs/digits", Token)).IsOk.ShouldBeTrue();
        (await market.CopyToCloudAsync("4711", "/workspace/digits", "7", "/runs/digits", Token)).IsOk.ShouldBeFalse();

        server.Seen.Select(seen => seen.Line).ShouldBe(["GET /api/v0/users/cloud_integrations/", "POST /api/v0/commands/rclone/", "POST /api/v0/commands/rclone/"]);
        server.Seen[1].Body.ShouldBe("""{"instance_id":"4711","src":"/workspace/digits","dst":"/runs/digits","selected":"7","transfer":"Instance To Cloud","flags":[]}""");
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""[{"name": "my-bucket"}]""")]
    public async Task Cloud_connections_that_cannot_be_read_are_unknown_and_not_none(string answer)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, answer);

        (await market.CloudsAsync(Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(Lodger.Domain.Problems.ExitCode.Unknown);
    }

    [Theory]
    [InlineData("Cloud Copy Operation Finished", CloudCopyState.Finished)]
    [InlineData("Cloud Copy Operation Failed: 403", CloudCopyState.Failed)]
    [InlineData("Copy Operation Canceled", CloudCopyState.Failed)]
    [InlineData("Cloud Copy: 12.0 of 80.0 MB", CloudCopyState.Running)]
    [InlineData("success, running pytorch", CloudCopyState.NotTold)]
    public async Task How_a_cloud_copy_stands_is_told_by_the_instance_s_message(string message, CloudCopyState state)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show($$"""{"id": 4711, "status_msg": "{{message}}"}"""));

        (await market.CloudCopyStatusAsync("4711", Token)).Value.ShouldBe(new CloudCopyStatus(state, message));
    }
}
