namespace Lodger.Marketplace.Tests.Life;

public sealed class RestartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_restarted_market_knows_its_accounts_contracts_and_keys()
    {
        long running, stopped, destroyed;
        string apiKey;
        await using (var before = await RunningMarket.StartAsync(directory: _directory))
        {
            apiKey = before.Access.ApiKey;
            await before.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = "ssh-ed25519 AAAA" });
            running = await before.RentAsync();
            stopped = await before.RentAsync();
            destroyed = await before.RentAsync();
            foreach (var id in new[] { running, stopped, destroyed }) await before.AwaitStatusAsync(id, "running");
            await Api.InstanceTests.Manage(before, stopped, "stopped");
            await before.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{destroyed}/");
        }

        await using var after = await RunningMarket.StartAsync(directory: _directory);
        after.Access.ApiKey.ShouldBe(apiKey);
        await after.AwaitStatusAsync(running, "running");
        (await after.ShowAsync(stopped))!["intended_status"]!.ToString().ShouldBe("stopped");
        (await after.LedgerOfAsync(destroyed))["alive"]!.GetValue<bool>().ShouldBeFalse();
        (await after.GetAsync("/api/v0/ssh/")).AsArray().Count.ShouldBe(1);
        (await after.RentAsync()).ShouldBeGreaterThan(destroyed, "ids are never given twice");
        var history = (await after.LedgerOfAsync(running))["billing_history"]!.AsArray();
        history.ShouldContain(b => !(bool)b!["disk"]!, "the time in which nobody metered is not billed");
    }

    [Fact]
    public async Task Bids_prices_and_cards_survive_a_restart()
    {
        long running, outbid;
        await using (var before = await RunningMarket.StartAsync(o => o with { Speed = 0 }, _directory))
        {
            var offer = (long)(await before.AnyOfferAsync())["id"]!;
            outbid = await before.RentAsync(new { image = "ubuntu", price = 1 }, offer);
            await before.AdvanceAsync(TimeSpan.Zero);
            await before.AwaitStatusAsync(outbid, "running"); // Only then does time pass: the boot takes none of it.
            await before.AdvanceAsync(TimeSpan.FromHours(1));
            await before.SendAsync(HttpMethod.Put, $"/api/v0/instances/bid_price/{outbid}/", new { price = 2 });
            await before.AdvanceAsync(TimeSpan.FromHours(1));
            running = await before.RentAsync(new { image = "ubuntu", price = 3 }, offer);
            await before.AdvanceAsync(TimeSpan.Zero);
            await before.OrderAsync("card", new { on_file = true });
        }

        await using var after = await RunningMarket.StartAsync(o => o with { Speed = 0 }, _directory);
        await after.AwaitStatusAsync(running, "running");
        (await after.ShowAsync(outbid))!["cur_state"]!.ToString().ShouldBe("stopped");
        ((decimal)(await after.LedgerOfAsync(outbid))["charges"]!["gpu_usd"]!).ShouldBe(3, "an hour at 1 and one at 2");
        (await after.GetAsync("/api/v0/users/current/"))["has_billing"]!.GetValue<bool>().ShouldBeTrue();
        await after.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{running}/");
        await after.AwaitStatusAsync(outbid, "running");
    }

    [Fact]
    public async Task A_line_torn_by_a_kill_loses_only_itself()
    {
        long id;
        await using (var before = await RunningMarket.StartAsync(directory: _directory))
        {
            id = await before.RentAsync();
            await before.AwaitStatusAsync(id, "running");
        }

        var journal = Path.Combine(_directory, "journal.jsonl");
        await File.AppendAllTextAsync(journal, """{"contract":{"id":9,"acc""", TestContext.Current.CancellationToken);
        await using var after = await RunningMarket.StartAsync(directory: _directory);
        await after.AwaitStatusAsync(id, "running");
        (await after.LedgerAsync())["contracts"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task A_market_killed_at_any_moment_goes_on_where_its_journal_ends(double speed)
    {
        var copy = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        try
        {
            long id;
            await using (var before = await RunningMarket.StartAsync(o => o with { Speed = speed, OpeningBalanceUsd = 100_000 }, _directory))
            {
                id = await before.RentAsync();
                await before.AwaitStatusAsync(id, "running");
                // What a kill leaves is what is in the journal now.
                await using var journal = new FileStream(Path.Combine(_directory, "journal.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                await using var killed = File.Create(Path.Combine(copy, "journal.jsonl"));
                await journal.CopyToAsync(killed, TestContext.Current.CancellationToken);
            }

            await using var after = await RunningMarket.StartAsync(o => o with { Speed = speed, OpeningBalanceUsd = 100_000 }, copy);
            await after.AwaitStatusAsync(id, "running");
            var contract = await after.LedgerOfAsync(id);
            var times = contract["billing_history"]!.AsArray().Select(b => DateTimeOffset.Parse(b!["at"]!.ToString())).Append(DateTimeOffset.Parse(contract["metered_to"]!.ToString())).ToList();
            times.ShouldBe([.. times.Order()], "market time never runs backwards");
            ((decimal)contract["charges"]!["total_usd"]!).ShouldBe(BillingTests.WorkOut(contract), 0.000001m);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task Two_markets_do_not_share_a_directory_and_a_market_keeps_its_seed()
    {
        await using (await RunningMarket.StartAsync(directory: _directory))
            (await Should.ThrowAsync<InvalidOperationException>(() => RunningMarket.StartAsync(directory: _directory))).Message.ShouldContain("Another marketplace runs");
        (await Should.ThrowAsync<InvalidOperationException>(() => RunningMarket.StartAsync(o => o with { Seed = 99 }, _directory))).Message.ShouldContain("seed 1");
    }

    [Fact]
    public async Task The_market_file_is_for_its_user_alone_and_goes_with_the_market()
    {
        var file = Path.Combine(_directory, "market.json");
        await using (var market = await RunningMarket.StartAsync(directory: _directory))
        {
            var content = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
            content["url"]!.ToString().ShouldBe(market.Access.Url);
            content["api_key"]!.ToString().ShouldBe(market.Access.ApiKey);
            content["control_token"]!.ToString().ShouldBe(market.Access.ControlToken);
            ((int)content["pid"]!).ShouldBe(Environment.ProcessId);
            if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task It_ends_when_its_parent_is_gone()
    {
        using var parent = System.Diagnostics.Process.Start("sleep", "600");
        try
        {
            await using var market = await RunningMarket.StartAsync(o => o with { ParentPid = parent.Id }, _directory);
            var file = Path.Combine(_directory, "market.json");
            File.Exists(file).ShouldBeTrue();
            parent.Kill();
            await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
            await MarketProgram.AwaitAsync(() => Task.FromResult(File.Exists(file)), there => !there);
        }
        finally
        {
            parent.Kill();
        }
    }
}
