using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Prospects;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Offers;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Words;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Questions to the market that no job is needed for.</summary>
internal static class MarketEndpoints
{
    private static readonly TimeSpan WhyMax = TimeSpan.FromSeconds(20);

    public static void Map(IEndpointRouteBuilder app, JobBoard board)
    {
        app.MapGet(Routes.Offers, async (string account, string? query, int? disk, bool? any, CancellationToken token) =>
            Answers.Of(await OffersAsync(board, account, query ?? "", disk ?? 10, any is true, token), ApiJson.Default.OffersView));
        app.MapGet(Routes.Account, async (string account, CancellationToken token) =>
            Answers.Of(await AccountAsync(board, account, token), ApiJson.Default.AccountView));
        app.MapPost(Routes.Plan, async (PlanRequest request, Principal who, CancellationToken token) =>
            (LocalMarket.Refuse(who, request.Account) ?? SubmissionRules.RefuseVolume(request.Spec, who) ?? RequestRules.Refuse(request.Spec)) is { } unfit
                ? Answers.Of(unfit)
                : Answers.Of(await PlanAsync(board, request, who, token), ApiJson.Default.PlanView));
        app.MapGet(Routes.JobPlan, async (string job, Principal who, CancellationToken token) => Answers.Of(
            board.Find(job).TryGet(out var sight, out var unknown)
                ? await PlanAsync(board, new PlanRequest(sight.State.Submission.Spec, sight.State.Submission.Account, false, null, new PlanInputs()), who, token)
                : unknown,
            ApiJson.Default.PlanView));
    }

    private static async Task<Outcome<OffersView>> OffersAsync(JobBoard board, string account, string query, int disk, bool any, CancellationToken token)
    {
        if (!(await board.AccountAsync(account, token)).TryGet(out var open, out var closed))
            return closed;
        if (!(await Patience.BoundAsync(open.Market.Name, Patience.Max, t => open.Market.SearchAsync(query, disk, !any, t), token)).TryGet(out var offers, out var problem))
            return problem;
        return new OffersView(open.Market.Name, offers) { WhyNone = offers.Count == 0 ? await WhyNoneAsync(open.Market, query, disk, any, token) : null };
    }

    private static async Task<Problem> WhyNoneAsync(IMarket market, string query, int disk, bool any, CancellationToken token)
    {
        var (named, strict) = await BrieflyAsync(
            t => NamedGpus.WhyNoneAsync(market, query, disk, t), t => StrictConditions.SayAsync(market, OfferSearch.ConditionsIn(query), disk, !any, t), token);
        return named ?? new Problem(
            "no-offer", $"{market.Name} has no offer that fits.{strict}", any ? "Ask for less." : "Ask for less, or drop the safety filters with  --any-offer", ExitCode.NoOffer);
    }

    /// <summary>Why nothing fits is many questions, and not worth a long wait: that nothing does is known already.</summary>
    private static async Task<(Problem? Named, string Strict)> BrieflyAsync(Func<CancellationToken, Task<Problem?>> named, Func<CancellationToken, Task<string>> strict, CancellationToken token)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(token);
        bound.CancelAfter(WhyMax);
        try
        {
            return await named(bound.Token) is { } found ? (found, "") : (null, await strict(bound.Token));
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return (null, "");
        }
    }

    private static async Task<Outcome<AccountView>> AccountAsync(JobBoard board, string account, CancellationToken token)
    {
        if (!(await board.AccountAsync(account, token)).TryGet(out var open, out var closed))
            return closed;
        return (await Patience.BoundAsync(open.Market.Name, Patience.Max, open.Market.AccountAsync, token)).Then<AccountView>(a => new AccountView(open.Market.Name, a));
    }

    private static async Task<Outcome<PlanView>> PlanAsync(JobBoard board, PlanRequest request, Principal who, CancellationToken token)
    {
        var spec = request.Spec;
        if (!(await board.AccountAsync(request.Account, token)).TryGet(out var open, out var closed))
            return closed;
        if (!(await Patience.BoundAsync(open.Market.Name, Patience.Max, open.Market.AccountAsync, token)).TryGet(out var account, out var noAccount))
            return noAccount;
        var query = OfferSearch.QueryOf(spec);
        if (spec.Volume is { } wanted)
        {
            if (!(await VolumeOfAsync(open.Market, wanted.Id, token)).TryGet(out var volume, out var noVolume))
                return noVolume;
            query = $"machine_id={volume.MachineId} {query}";
        }

        if (!(await open.Market.SearchAsync(query, spec.DiskGb, !request.AnyOffer, token)).TryGet(out var offers, out var problem))
            return problem;
        var inputs = request.Inputs with { MarketNow = open.Market.MarketNow, Now = board.Now };
        var facts = new Facts
        {
            Moment = Moment.Preflight,
            Spec = spec,
            Profile = open.Profile,
            Offers = offers,
            Inputs = inputs,
            // What is left on it is others' matter, too.
            Account = who.Project is null ? account : null,
            MarketNow = inputs.MarketNow,
            SshPublicKey = open.SshPublicKey,
        };
        var plan = Preflight.Sift(Planner.Make(spec, request.OfferId is { } only ? [.. offers.Where(o => o.Id == only)] : offers, inputs), facts, request.Accept ?? []);
        if (await RentalsAsync(board, open, token) is { } rentals)
            plan = OwnBids.Spare(plan, rentals);
        plan = Planner.ForDeadline(spec, plan, inputs);
        if (plan.Best is not { } best)
        {
            // An offer, or the machine of a volume, is not looked for by the name of its GPU.
            var (named, strict) = offers.Count == 0 && request is { OfferId: null, Brief: false } && spec.Volume is null
                ? await BrieflyAsync(
                    t => NamedGpus.WhyNoneAsync(open.Market, spec.Gpu.Names, spec.Gpu.Count, spec.DiskGb, t),
                    t => StrictConditions.SayAsync(open.Market, OfferSearch.ConditionsOf(spec), spec.DiskGb, !request.AnyOffer, t),
                    token)
                : (null, "");
            return named ?? NoOffer(request, offers, plan.LeftOut, strict);
        }

        if (account.BalanceUsd <= 0 || account.BalanceUsd < best.TotalUsd)
        {
            return new Problem(
                "balance-too-low",
                who.Project is null ? $"The balance of {open.Market.Name} is ${account.BalanceUsd:0.00}; this job is expected to cost ${best.TotalUsd:0.00}. At zero the platform stops rentals and then deletes their data."
                    : $"The balance of {open.Market.Name} does not last for this job, which is expected to cost ${best.TotalUsd:0.00}.",
                "Add credit, or choose less work or a cheaper offer.",
                ExitCode.NoMoney);
        }

        return new PlanView(open.Market.Name, who.Project is null ? account : null, plan)
        {
            Findings = Examination.Of(facts with { Priced = best }),
            Prospects = request.ProspectsSeed is { } seed ? Prospecting.Of(spec, plan, inputs, board.SeenOf(request.Account, open.Market.MarketSpeed), board.Now, seed) : null,
        };
    }

    /// <summary>Of the whole account, as last swept where something sweeps it; null: the platform does not say.</summary>
    private static async Task<RentalList?> RentalsAsync(JobBoard board, OpenAccount open, CancellationToken token) =>
        board.RentalsOf(open.Name) ?? ((await open.Market.ListAsync(token)).TryGet(out var listed, out _) ? new RentalList(listed) : null);

    private static async Task<Outcome<Volume>> VolumeOfAsync(IMarket market, string id, CancellationToken token)
    {
        if (!(await market.VolumesAsync(token)).TryGet(out var volumes, out var unread))
            return unread;
        return volumes.FirstOrDefault(v => v.Id == id) is { } found
            ? found
            : new Problem("no-such-volume", $"{market.Name} has no volume {id}.", "See what there is: lodger volume list   or make one: lodger volume create", ExitCode.NotFound);
    }

    private static Problem NoOffer(PlanRequest request, IReadOnlyList<Offer> offers, IReadOnlyList<LeftOut> tooShort, string strict)
    {
        var spec = request.Spec;
        if (tooShort.Count > 0)
        {
            return new Problem(
                "contracts-too-short",
                $"{Figures.Of(tooShort.Count, "offer")} would fit, and none is to be had for long enough: offer {tooShort[0].Offer.Id}, {tooShort[0].Why}.",
                "Plan less work at a time (work:), or take a host that offers it for longer:  offers: duration>=30",
                ExitCode.NoOffer);
        }

        if (request.OfferId is { } id)
        {
            return new Problem(
                "offer-gone", $"Offer {id} is not for rent now, or does not fit this job.", "Choose another: lodger offers, or plan without --offer", ExitCode.NoOffer);
        }

        if (spec.Volume is { } volume)
        {
            return new Problem(
                "no-offer-at-volume",
                $"Nothing that fits this job is for rent on the machine of volume {volume.Id}, and a volume cannot leave its machine{CameClose(offers)}.",
                "Wait until a GPU there is free, ask for less (gpu, disk), make a volume where GPUs are (lodger volume search), or run without  volume:",
                ExitCode.NoOffer);
        }

        var loosen = request.AnyOffer ? "Ask for less (gpu, disk, offers)." : "Ask for less (gpu, disk, offers), or drop the safety filters with --any-offer.";
        return new Problem(
            "no-offer",
            $"No offer fits: {spec.Gpu.Count}x {(spec.Gpu.Names.Count == 0 ? "any GPU" : string.Join(" or ", spec.Gpu.Names))}{(spec.Gpu.MinMemoryGb is { } memory ? $" with {memory} GB" : "")}, {spec.DiskGb} GB disk{(spec.Offers is null ? "" : $", {spec.Offers}")}{CameClose(offers)}.{strict}",
            loosen,
            ExitCode.NoOffer);
    }

    private static string CameClose(IReadOnlyList<Offer> offers) => offers.Count == 0 ? "" : $" ({offers.Count} came close)";
}
